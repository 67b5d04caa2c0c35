/* SPDX-License-Identifier: MIT
 * finding.h: the findings of an enumeration: cases that fail in the same way are one finding. By
 * states, that is: with the same step lost and the same step kept, by call, file and place in the
 * program, and with titles that differ in numbers only. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_FINDING_H
#define CRASH_FINDING_H

#include "crash/state.h"

/* Reads where in the program the steps were taken that failing states lost or kept, if it is not
 * known yet. Returns 0, or -1: no memory. */
int finding_sites(struct crash *crash);
/* Sorts the cases that failed into findings, those with the fewest losses first in each. Returns 0,
 * or -1: no memory. */
int finding_sort(struct crash *crash);
/* Makes one of findings that have become the same by finding_replace(), and of one whose state has
 * lost less than that of another and fails in the same way. Returns 0, or -1: no memory. */
int finding_join(struct crash *crash);
/* Looks up which findings are known. Returns how many failing cases are of those. */
size_t finding_know(struct crash *crash);
/* Makes findings of their own of states under models where no state has lost and kept what the
 * finding says. Returns 0, or -1: no memory. */
int finding_part(struct crash *crash);
/* Frees the findings. */
void finding_free(struct crash *crash);
/* Does a case fail as the finding does, whatever it lost? */
bool finding_is_alike(const struct crash *crash, size_t finding, size_t which);
/* Makes a case the first one of a finding. */
void finding_replace(struct crash *crash, size_t finding, size_t which);
/* Writes what a finding says of its first state: "power lost before ...: the rename of a.tmp over a
 * was kept, the data of a.tmp was lost [xfs, posix; not ext4]". Returns `to`. */
const char *finding_headline(const struct crash *crash, const struct crash_finding *finding,
                             char *to, size_t size);

#endif
