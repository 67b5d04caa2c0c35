/* SPDX-License-Identifier: MIT
 * place.h: each worker has the disk at the path where it was recorded: in a mount namespace of its
 * own, where a directory of its own lies over that of the recorded run. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_PLACE_H
#define CRASH_PLACE_H

#include "crash/state.h"

/* Can workers side by side have such places on this machine? Tries it in a child. */
bool place_is_possible(const struct crash *crash);
/* Takes this process to a place of its own, for good. Returns 0, or -1 with `error`. */
int place_enter(const struct crash *crash, struct error *error);
/* With --disk: takes this process to a mount namespace of its own, where a session can put its
 * scratch directory over the disk. Does nothing without. Returns 0, or -1 with `error`. */
int place_leave(const struct crash *crash, struct error *error);
/* With --disk: finds the directory, and tries in a child whether it can be covered. Returns 0, or
 * -1 with `error` and, in *ret_status, the exit status. */
int place_find_disk(struct crash *crash, int *ret_status, struct error *error);
/* Removes what the workers' places leave. */
void place_clean(const struct crash *crash);

#endif
