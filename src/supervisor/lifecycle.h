/* SPDX-License-Identifier: MIT
 * lifecycle.h: the two state machines, as const tables: the reset protocol of the run, and the life
 * of a runner. No system calls, no state of its own: testable without a process. The tables are
 * printed in doc/ARCHITECTURE.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_LIFECYCLE_H
#define SUPERVISOR_LIFECYCLE_H

#include <stdbool.h>

enum run_state {
    RUN_RESETTING, /* no runner; hooks run, then all runners are forked */
    RUN_RUNNING,   /* runners perform operations */
    RUN_STOPPING,  /* the stop flag is up: wait for the boundary, then reset */
    RUN_ENDING,    /* the same, but then the end */
    RUN_OVER,      /* no runner; last hooks */
    RUN_STATES
};

enum run_event {
    RUN_EVENT_START, /* all runners are forked: a generation begins */
    RUN_EVENT_RESET, /* somebody wants a reset */
    RUN_EVENT_END,   /* an exit criterion is met, or the monitor says stop */
    RUN_EVENT_QUIET, /* the last runner is reaped */
    RUN_EVENT_SHORT, /* ... and some had claimed operations that they had not done: go on */
    RUN_EVENTS
};

enum runner_state {
    RUNNER_ABSENT,  /* no process; may be forked */
    RUNNER_HELD,    /* no process; not before its backoff is over */
    RUNNER_ALIVE,   /* performs operations */
    RUNNER_LEAVING, /* the stop flag is up: on its way to the boundary */
    RUNNER_KILLED,  /* SIGKILL is sent */
    RUNNER_RETIRED, /* given up: no process any more in this run */
    RUNNER_STATES
};

enum runner_event {
    RUNNER_EVENT_FORK,
    RUNNER_EVENT_STOP,   /* the stop flag is up */
    RUNNER_EVENT_KILL,   /* a deadline was missed */
    RUNNER_EVENT_REAP,
    RUNNER_EVENT_HOLD,   /* died early too often in a row: wait */
    RUNNER_EVENT_RETIRE, /* ... and too often for that */
    RUNNER_EVENTS
};

/* The next state; the same one where the event means nothing there (a second request for a reset
 * is no second reset). */
enum run_state run_next(enum run_state state, enum run_event event);
enum runner_state runner_next(enum runner_state state, enum runner_event event);
/* A process exists in this state. */
bool runner_state_is_live(enum runner_state state);
const char *run_state_text(enum run_state state);
const char *runner_state_text(enum runner_state state);

#endif
