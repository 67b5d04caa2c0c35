/* SPDX-License-Identifier: MIT
 * child.h: what runs in a new runner between fork and its loop, all of it async-signal-safe: only
 * system calls on what was prepared before the fork.
 *
 * Runs in: runner.
 */
#ifndef ACTOR_CHILD_H
#define ACTOR_CHILD_H

#include <signal.h>

#include "actor/handle.h"
#include "actor/sandbox.h"

/* Exit statuses of a runner that are the harness's own. They are believed only together with the
 * phase that goes with them. */
enum {
    CHILD_EXIT_LEFT = 0,   /* at an operation boundary, PHASE_LEFT */
    CHILD_EXIT_SETUP = 121, /* child_set_up() failed, PHASE_ABSENT; the pipe says why */
    CHILD_EXIT_AGAIN = 122 /* cannot ask for tickets any more, PHASE_WAITING: fork it anew */
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

/* What a failed set-up writes to the pipe: one atomic write. */
struct child_failure {
    uint32_t actor, step; /* enum child_step */
    int32_t error;        /* errno */
    int32_t reserved;
};

/* Prepared once in the supervisor; the same for all runners. */
struct child_plan {
    pid_t supervisor;
    int failure_pipe; /* write end */
    int tickets_calls; /* what a runner keeps of the harness: this one, */
    int inject_socket; /* and this, where it may be needed; else -1 */
    int tracer;        /* and this */
    pid_t reader;      /* who must be declared as the one who may read its memory; 0: nobody */
    sigset_t signals; /* the mask of user code */
    const struct sandbox *sandbox;
};

/* Makes this process, just forked with all signals blocked, a runner; does not return if that
 * fails. */
void child_set_up(const struct child_plan *plan, const struct stress_actor *actor);
/* "map the shared memory", ...: for the message. */
const char *child_step_text(uint32_t step);

#endif
