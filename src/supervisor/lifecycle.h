/* SPDX-License-Identifier: MIT
 * lifecycle.h: the two state machines, as const tables: the reset protocol of the run, and the life
 * of a runner.
 *
 * Pure functions without system calls, so that they can be tested without a process.
 * doc/ARCHITECTURE shows the tables. Async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_LIFECYCLE_H
#define SUPERVISOR_LIFECYCLE_H

#include <stdbool.h>

enum run_state {
    RUN_RESETTING, /* no runner lives: hooks run, then all runners are forked */
    RUN_RUNNING,   /* runners perform operations */
    RUN_STOPPING,  /* the stop flag is up: wait for the boundaries, then reset */
    RUN_ENDING,    /* the stop flag is up: wait for the boundaries, then end */
    RUN_OVER,      /* no runner lives: the last hooks run */
    RUN_STATES
};

enum run_event {
    RUN_EVENT_START, /* all runners are forked: a generation begins */
    RUN_EVENT_RESET, /* a reset is wanted */
    RUN_EVENT_END,   /* an exit criterion is met, or the monitor says STOP */
    RUN_EVENT_QUIET, /* the last runner is reaped */
    RUN_EVENT_SHORT, /* as QUIET, but the target is missed: a slot had made no sense */
    RUN_EVENTS
};

enum runner_state {
    RUNNER_ABSENT,  /* no process: it may be forked */
    RUNNER_HELD,    /* no process: it may be forked after its backoff */
    RUNNER_ALIVE,   /* performs operations */
    RUNNER_LEAVING, /* the stop flag is up: on its way to the boundary */
    RUNNER_KILLED,  /* SIGKILL is sent */
    RUNNER_RETIRED, /* given up: no more processes in this run */
    RUNNER_STATES
};

enum runner_event {
    RUNNER_EVENT_FORK,
    RUNNER_EVENT_STOP,   /* the stop flag is up */
    RUNNER_EVENT_KILL,   /* a deadline was missed */
    RUNNER_EVENT_REAP,
    RUNNER_EVENT_HOLD,   /* it died early several times in a row: wait */
    RUNNER_EVENT_RETIRE, /* it died or failed too often in a row: give up */
    RUNNER_EVENTS
};

/* Return the next state; the same one if the event has no meaning in it. So a second request for a
 * reset changes nothing. */
enum run_state run_next(enum run_state state, enum run_event event);
enum runner_state runner_next(enum runner_state state, enum runner_event event);
/* Does the runner have a process in this state? */
bool runner_state_is_live(enum runner_state state);
/* Return the name of a state, which must be in range: "resetting". */
const char *run_state_text(enum run_state state);
const char *runner_state_text(enum runner_state state);

#endif
