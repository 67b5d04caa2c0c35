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
/* What a call belongs to. */
enum peer_time {
    PEER_TARGET,  /* the operation, server or hook that is described */
    PEER_HARNESS, /* no operation: the harness itself makes it */
    PEER_OUTLIVED /* no operation: its process has outlived the one that started it */
};
/* Describes the process that calls and its operation. `thread` makes the call. */
enum peer_time peer_describe(const struct injector *injector, struct peer *peer, pid_t thread,
                             struct share_call *ret);

#endif
