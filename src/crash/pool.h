/* SPDX-License-Identifier: MIT
 * pool.h: runs the cases of an enumeration, as many side by side as it has workers, and decides
 * each by the outcome of its run. Prints signs of life. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_POOL_H
#define CRASH_POOL_H

#include "crash/state.h"

/* Runs the cases from `from` on, until all have a verdict, the time is over, or a signal comes.
 * Returns 0, or -1 with `error`. */
int pool_run(struct crash *crash, size_t from, struct error *error);
/* Records the resets of these n cases in the same way. Returns 0, or -1 with `error`. */
int pool_record_resets(struct crash *crash, const size_t *cases, size_t n, struct error *error);
/* Gives cases with the same state the verdict of the one that was judged. */
void pool_share_verdicts(struct crash *crash);

#endif
