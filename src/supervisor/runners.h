/* SPDX-License-Identifier: MIT
 * runners.h: the runner table: which runners live, which are to be killed, which wait. Not
 * async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_RUNNERS_H
#define SUPERVISOR_RUNNERS_H

#include "supervisor/state.h"

/* Forks all runners at the start of a generation, or ends the run if only saboteurs are left. The
 * runners wait at the gate. */
int runners_start(struct supervisor *s, struct error *error);
/* Opens the gate: the operations begin. */
void runners_open(struct supervisor *s);
/* Forks the runner of an actor. If there is no room for a process, tries again soon, for
 * RUNNER_CROWDED_S seconds. */
int runner_fork(struct supervisor *s, uint32_t actor, struct error *error);
/* Kills (SIGKILL) a runner and its process group. */
void runner_kill(struct supervisor *s, uint32_t actor);
/* Counts a failure with no counted or uncounted operation before it in this incarnation. Gives the
 * actor up after RUNNER_MAX_FAILURES in a row. */
int runner_fail(struct supervisor *s, uint32_t actor, struct error *error);
/* Counts a death without a finished operation. Delays the next fork, or gives the actor up. */
int runner_punish(struct supervisor *s, uint32_t actor, const struct wire_death *death,
                  struct error *error);
/* Handles deadlines that are past: hangs, missed boundaries, backoffs that are over. */
int runners_expire(struct supervisor *s, uint64_t now, struct error *error);
/* Returns the next of these deadlines. */
uint64_t runners_deadline(const struct supervisor *s);
/* Handles the stacks that were asked for and are there: reports and kills the runners. */
int runners_examined(struct supervisor *s, struct error *error);

#endif
