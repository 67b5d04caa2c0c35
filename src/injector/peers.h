/* SPDX-License-Identifier: MIT
 * peers.h: the processes that handed a listener over, and what they are doing. Not
 * async-signal-safe.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_PEERS_H
#define INJECTOR_PEERS_H

#include "injector/state.h"

/* Receives one packet from the socket: a listener, or a rule to arm. */
void peers_receive(struct injector *injector);
/* Closes the listener and frees the place. */
void peer_drop(struct injector *injector, uint32_t peer);
/* Describes the process that calls and its operation. Returns false if the call is one of the
 * harness, outside of operations. */
bool peer_describe(const struct injector *injector, struct peer *peer, struct share_call *ret);

#endif
