/* SPDX-License-Identifier: MIT
 * child.h: turns a forked process into a runner, before its loop. All of it is async-signal-safe:
 * only system calls, on what the supervisor prepared before the fork.
 *
 * Runs in: runner.
 */
#ifndef ACTOR_CHILD_H
#define ACTOR_CHILD_H

#include <signal.h>

#include "actor/handle.h"
#include "actor/sandbox.h"

/* Exit statuses that the harness gives a runner. The supervisor believes a status only if the slot
 * is in the phase named here: user code may exit with the same number. */
enum {
    CHILD_EXIT_LEFT = 0,   /* at an operation boundary, PHASE_LEFT */
    CHILD_EXIT_SETUP = 121, /* child_set_up() failed, PHASE_ABSENT; the pipe says why */
    CHILD_EXIT_AGAIN = 122 /* cannot ask for tickets any more, PHASE_WAITING: fork a new runner */
};

enum child_step {
    CHILD_STEP_PARENT,
    CHILD_STEP_OUTPUT,
    CHILD_STEP_MAP,
    CHILD_STEP_LIMITS,
    CHILD_STEP_SANDBOX,
    CHILD_STEP_INJECT,
    CHILD_STEPS
};

/* A runner whose set-up failed writes this to the pipe, in one atomic write. */
struct child_failure {
    uint32_t actor, step; /* enum child_step */
    int32_t error;        /* errno */
    int32_t reserved;
};

/* Prepared once in the supervisor; the same for all runners. */
struct child_plan {
    pid_t supervisor;
    int failure_pipe; /* write end */
    int tickets_calls; /* a runner keeps three of the harness's descriptors open: this one, */
    int inject_socket; /* this one (-1 if it cannot be needed) */
    int tracer;        /* and this one */
    pid_t reader;      /* process that gets permission to read its memory (Yama); 0: none */
    sigset_t signals; /* the mask of user code */
    const struct sandbox *sandbox;
};

/* Turns this process, just forked with all signals blocked, into a runner. On failure it reports
 * to the pipe and exits. */
void child_set_up(const struct child_plan *plan, const struct stress_actor *actor);
/* Returns what a step does, for a message: "map the shared memory". */
const char *child_step_text(uint32_t step);

#endif
