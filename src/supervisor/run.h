/* SPDX-License-Identifier: MIT
 * run.h: the state of the run: the one function that changes it, what a change does to the runners,
 * and the request for a reset. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_RUN_H
#define SUPERVISOR_RUN_H

#include "supervisor/state.h"

/* Moves the run through its table of states (lifecycle.h). When it begins to stop, the stop flag goes
 * up; when no runner lives, what it waits for has come. */
void run_apply(struct supervisor *s, enum run_event event);
/* If no runner lives: what the run waits for has come. */
void run_quiet(struct supervisor *s);
/* Asks for a reset; the first reason of a generation counts. */
void run_want_reset(struct supervisor *s, enum stress_cause cause, int actor);
/* Lets runners go on that a saboteur may have stopped, so that they come to their boundary. */
void run_continue(struct supervisor *s);

#endif
