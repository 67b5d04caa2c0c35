/* SPDX-License-Identifier: MIT
 * points.h: makes cases of the calls that a run has recorded: which fault to inject where. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_POINTS_H
#define CRASH_POINTS_H

#include "crash/state.h"

/* Maps memory for `room` points, shared with processes that are forked later. NULL with errno. */
struct share_points *crash_points_new(uint64_t room);
/* Unmaps it; does nothing if `points` is NULL. */
void crash_points_free(struct share_points *points);
/* Reads --calls, --fault and --persist. Returns 0, or -1 with `error`: wrong usage. */
int crash_choose(struct crash *crash, struct error *error);
/* Can the fault be put at this call? */
bool crash_fits(const struct crash_fault *fault, const struct share_call *point);
/* Adds the fault that is a power cut under a model. Returns 0, or -1 with `error`. */
int crash_add_power(struct crash *crash, enum durable_model model, uint32_t *ret,
                    struct error *error);
/* Returns which of these calls are points to try: all that --path and --not-path leave, or --points
 * of them. The caller frees it. NULL: no memory. */
bool *crash_chosen(const struct crash *crash, const struct share_call *calls, uint32_t n);
/* Returns for each call whether --path, --not-path and --only leave it, in the same way. */
bool *crash_left(const struct crash *crash, const struct share_call *calls, uint32_t n);
/* Adds a case. The ordinals must be known. Returns 0, or -1 with `error`. */
int crash_add_case(struct crash *crash, uint32_t point, uint32_t fault, struct error *error);
/* Adds a case at the same point, and in the same reset, as another one, which is not among
 * crash->cases. Returns 0, or -1 with `error`. */
int crash_add_like(struct crash *crash, const struct crash_case *like, struct error *error);
/* Adds a case with a second fault, at a call of a recorded reset. Returns 0, or -1 with `error`. */
int crash_add_in_reset(struct crash *crash, struct crash_recovery *recovery, uint32_t call,
                       uint32_t fault, struct error *error);
/* Is the fault a disk of some size? It is full at some call, not at a point. */
bool crash_has_size(const struct crash_fault *fault);
/* Makes the rule that records points: those of actors and servers, or those of the reset hook. */
void crash_record_rule(const struct crash *crash, enum rule_whose whose, struct rule *ret);
/* Makes cases of all points, or of --points of them, evenly over call sites. -1: no memory. */
int crash_plan(struct crash *crash, struct error *error);
/* Adds cases for the points in the reset that followed this case. -1: no memory. */
int crash_plan_recovery(struct crash *crash, size_t which, const struct share_points *points,
                        struct error *error);
/* Writes a case as rules of --inject. Returns how many: 1 or 2. */
unsigned crash_rules(const struct crash *crash, const struct crash_case *which, struct rule *ret);

#endif
