/* SPDX-License-Identifier: MIT
 * sentinel.h: a child that stops itself whenever one of some descriptors is readable. So all that
 * the recorder waits for is a child, and one system call waits for it. Not async-signal-safe.
 *
 * Runs in: recorder; its child.
 */
#ifndef RECORDER_SENTINEL_H
#define RECORDER_SENTINEL_H

#include "recorder/state.h"

/* Starts the sentinel; those of the descriptors that are -1 do not count. False: it cannot. */
bool sentinel_start(struct recorder *recorder, const int *fds, unsigned n);
/* Lets it look again, if it has stopped. */
void sentinel_go_on(struct recorder *recorder);
/* Is the event the sentinel's? Takes note of it. */
bool sentinel_event(struct recorder *recorder, const siginfo_t *info);
/* Kills it. Does nothing if there is none. */
void sentinel_end(struct recorder *recorder);

#endif
