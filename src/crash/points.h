/* SPDX-License-Identifier: MIT
 * points.h: where to put which fault: from the calls that a run has written down to cases. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_POINTS_H
#define CRASH_POINTS_H

#include "crash/state.h"

/* A mapping that is shared with the processes forked later; NULL with errno. */
struct share_points *crash_points_new(uint64_t room);
/* NULL: nothing. */
void crash_points_free(struct share_points *points);
/* --calls, --fault, --persist. -1: wrong usage. */
int crash_choose(struct crash *crash, struct error *error);
/* The rule that writes down points: of anybody, or of the reset hook. */
void crash_record_rule(const struct crash *crash, enum rule_whose whose, struct rule *ret);
/* All points as cases, or --points of them, evenly over call sites. -1: no memory. */
int crash_plan(struct crash *crash, struct error *error);
/* The cases of the points in a reset that followed this case. -1: no memory. */
int crash_plan_recovery(struct crash *crash, size_t which, const struct share_points *points,
                        struct error *error);
/* A case as the rules of --inject; how many (1 or 2). */
unsigned crash_rules(const struct crash *crash, const struct crash_case *which, struct rule *ret);

#endif
