/* SPDX-License-Identifier: MIT
 * peers.h: the processes that handed a listener over. Not async-signal-safe.
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

#endif
