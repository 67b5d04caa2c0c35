/* SPDX-License-Identifier: MIT
 * fold.h: adds the directories of one share to the merge. A run that was tried several times counts
 * with all its tries, since what they found was there; of an enumeration or a suite the complete
 * try counts, which has done the same again. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_FOLD_H
#define MERGE_FOLD_H

#include "merge/state.h"

/* Adds the n sources from `first` on, which are of one share. Returns 0, or an exit status with
 * `error`. */
int fold_share(struct merge *merge, size_t first, size_t n, struct error *error);

#endif
