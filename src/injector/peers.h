/* SPDX-License-Identifier: MIT
 * peers.h: who handed a listener over, and what it is doing now. Not async-signal-safe.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_PEERS_H
#define INJECTOR_PEERS_H

#include "injector/state.h"

/* Takes in one packet from the socket. */
void peers_receive(struct injector *injector);
void peer_drop(struct injector *injector, uint32_t peer);
/* Who is calling, in what operation. False: the harness itself, between operations. */
bool peer_describe(const struct injector *injector, struct peer *peer, struct share_call *ret);

#endif
