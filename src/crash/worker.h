/* SPDX-License-Identifier: MIT
 * worker.h: a process that runs cases, one after the other, and the one that makes the clean run.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_WORKER_H
#define CRASH_WORKER_H

#include "crash/state.h"
#include "session/session.h"

/* What a worker is told over its socket, and what it answers: one packet each. */
struct crash_task {
    uint64_t which;          /* case */
    uint32_t tries, lists;
    uint32_t n, reserved;
    struct rule rules[SESSION_RULES];
};
struct crash_outcome {
    int status;              /* exit status of the run */
    bool finished;           /* what follows is filled in */
    struct session_result result;
};
/* What came of the clean run; in shared memory. */
struct crash_clean {
    struct crash_outcome outcome;
    struct definition definition;
};

/* Forks a worker as `job`, which goes when job->socket is closed. Its points go to `points`. -1. */
int crash_hire(const struct crash *crash, struct share_points *points, struct jobs *jobs,
               struct job *job, struct error *error);
/* Forks the run without faults, which ends by itself. -1. */
int crash_start_clean(const struct crash *crash, struct crash_clean *ret, struct jobs *jobs,
                      struct job *job, struct error *error);

#endif
