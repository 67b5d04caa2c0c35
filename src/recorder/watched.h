/* SPDX-License-Identifier: MIT
 * watched.h: the memory of the workload, which outlives a crash: the global state and the actor
 * states. Its pages are compared with what was last seen of them; those that differ become steps.
 * Not async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_WATCHED_H
#define RECORDER_WATCHED_H

#include "recorder/state.h"

/* Watches a memory; takes over fd. `number`: as RECORDING_MEMORY has it. False: it cannot. */
bool watched_begin(struct recorder *recorder, unsigned number, int fd);
/* Writes what has changed since the last look. */
void watched_look(struct recorder *recorder);
/* Writes all of it that is not zero, as a part of a base. */
void watched_base(struct recorder *recorder);
void watched_free(struct recorder *recorder);

#endif
