/* SPDX-License-Identifier: MIT
 * states.h: the cases of an enumeration by states: which states the recording of the clean run
 * gives, which of them are the same, and how a worker puts one in place. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_STATES_H
#define CRASH_STATES_H

#include "crash/state.h"
#include "session/session.h"

/* Opens the recording of the clean run: its calls are the points. Whatever keeps it from being used
 * is kept in crash->inexact. */
void states_points(struct crash *crash);
/* Makes a case of each point and fault, and of each state that a power cut leaves. Cases with the
 * same state know the first of them. Returns 0, or -1 with `error`. */
int states_plan(struct crash *crash, struct error *error);
/* Adds cases where two steps are lost, those that are not there yet, at most this number at a
 * point. *ret_more: there are more. Returns 0, or -1 with `error`. */
int states_plan_pairs(struct crash *crash, uint64_t at_a_point, bool *ret_more,
                      struct error *error);
/* Makes cases of the states that a crash in a recorded reset leaves, those that are new: of kills
 * if `models` has DURABLE_PROCESS, of power cuts under its other models. Returns 0, or -1 with
 * `error`. */
int states_plan_reset(struct crash *crash, struct crash_recovery *recovery, unsigned models,
                      struct error *error);
/* The calls of a recording as points. NULL: no memory. */
struct share_points *states_calls(const struct recording *steps);
/* Reads the recorder's own word on whether the steps give the disk that was there; "": they do.
 * `outside` stays as it is, or becomes "outside: " and a file that no state has. */
void states_fidelity(const char *recording, char *why, size_t size, char *outside,
                     size_t outside_size);
void states_free(struct crash *crash);
/* Puts the states of cases in place, in the order of the cases at the least cost. */
struct states_builder;
/* NULL: no memory. The caller frees it. */
struct states_builder *states_builder_new(const struct crash *crash);
void states_builder_free(struct states_builder *builder);
/* Puts the state of a case into an empty scratch directory and what lies beside it, and says which
 * operation left it. Returns 0, or -1 with `error`. */
int states_build(struct states_builder *builder, size_t which, const struct session_place *place,
                 struct session_judge *ret, struct error *error);
/* The last BEGIN or END of an operation before the state that was put in place last; NULL: there is
 * none. */
const struct recording_step *states_edge(const struct states_builder *builder);
/* Writes a memory of the workload as it was: the global state (0), which states_build() does, or
 * the actor states (1). Returns 0, or -1 with `error`. */
int states_fill(struct states_builder *builder, size_t which, unsigned number, int fd,
                struct error *error);

#endif
