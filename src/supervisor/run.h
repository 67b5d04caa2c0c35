/* SPDX-License-Identifier: MIT
 * run.h: the state of the run: the one function that changes it, what a change does to the runners,
 * and the request for a reset. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_RUN_H
#define SUPERVISOR_RUN_H

#include "supervisor/state.h"

/* Puts the run at its beginning. */
void run_begin(struct supervisor *s);
/* Moves the run through its table of states (lifecycle.h). When the run begins to stop, raises the
 * stop flag and wakes the runners. While it stops, calls run_quiet(). */
void run_apply(struct supervisor *s, enum run_event event);
/* The monitor said STOP: runners that are stopping already have no longer than after that. */
void run_hurry(struct supervisor *s);
/* Applies RUN_EVENT_QUIET or _SHORT if no runner lives. */
void run_quiet(struct supervisor *s);
/* The stop flag goes up for a reset that will be asked for before the next event is handled. So no
 * operation begins while its finding is told. */
void run_hold_back(struct supervisor *s);
/* Asks for a reset. The first cause of a generation counts. `actor`: the one that caused it; -1:
 * none. */
void run_want_reset(struct supervisor *s, enum stress_cause cause, int actor);
/* Sends SIGCONT to leaving runners that a saboteur may have stopped, so that they reach their
 * boundary. */
void run_continue(struct supervisor *s);
/* Handles one message of the monitor, if there is one; `asked`: waits for the answer to ASK. */
int run_hear(struct supervisor *s, bool asked, struct error *error);
/* Before a generation: hears whether the run is to stop. Waits for that if there is a finding which
 * the monitor may count as the last one. */
int run_ask(struct supervisor *s, struct error *error);
/* Before a hook that may change the scratch directory: if there is a finding, waits until the
 * monitor has kept what it wants of it. */
int run_keep(struct supervisor *s, struct error *error);

#endif
