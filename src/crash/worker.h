/* SPDX-License-Identifier: MIT
 * worker.h: the processes that do the runs: a worker, which runs one case after the other, and the
 * process of the clean run. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_WORKER_H
#define CRASH_WORKER_H

#include "crash/state.h"
#include "session/session.h"

/* A task for a worker, and its answer: one packet each on its socket. */
struct crash_task {
    uint64_t which;          /* index of the case */
    uint32_t tries, lists;
    uint32_t n, reserved;
    struct rule rules[SESSION_RULES];
};
struct crash_outcome {
    int status;              /* exit status of the run */
    bool finished;           /* the run has ended: `result` is filled in */
    struct session_result result;
};
/* The outcome of the clean run; in shared memory. */
struct crash_clean {
    struct crash_outcome outcome;
    struct definition definition;
};

/* A worker that gets SIGTERM lets the current operations end, then ends its run. */
enum { CRASH_STEPS = 3 };
extern const struct job_step crash_steps[CRASH_STEPS];

/* Forks a worker as `job`; it exits when job->socket is closed. It records points in `points`.
 * Returns 0, or -1 with `error`. */
int crash_hire(const struct crash *crash, struct share_points *points, struct jobs *jobs,
               struct job *job, struct error *error);
/* Forks the run without faults; it ends by itself. Returns 0, or -1 with `error`. */
int crash_start_clean(const struct crash *crash, struct crash_clean *ret, struct jobs *jobs,
                      struct job *job, struct error *error);

/* Judges the one case of an enumeration again, as a run that prints (--state). Returns the exit
 * status. */
int crash_judge_again(const struct crash *crash);

#endif
