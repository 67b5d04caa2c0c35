/* SPDX-License-Identifier: MIT
 * jobs.h: runs processes of a command in parallel: forks them, waits for any of them, ends them
 * step by step, and reaps them. crash, replay, shrink and suite run their processes with
 * it. Call cli_catch_signals() first. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CLI_JOBS_H
#define CLI_JOBS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"

enum { JOBS_MOST = 256 };

/* One step of ending a job. The next step follows when the patience of this one is over, or when
 * the user sends another signal. The last step is SIGKILL. */
struct job_step {
    int signal;
    bool group;           /* signal the job's process group */
    uint64_t patience_ns; /* CLOCK_NEVER: until the user sends a signal */
};

struct job {
    pid_t pid;            /* 0: not running */
    int pidfd;
    int socket;           /* to the process; -1: none. Closed when the job is reaped */
    uint64_t deadline_ns; /* time of the next step; CLOCK_NEVER: only a signal brings it */
    const struct job_step *steps;
    unsigned step;
    bool late, stopped;   /* ended for its deadline; ended because the command ends */
    int status;           /* as from wait(), once the job is reaped */
    void *owner;          /* for the caller */
};

/* The running jobs of a command. */
struct jobs {
    struct job *job[JOBS_MOST];
    unsigned n;
    unsigned turn;        /* the job to look at first next time, so that none is starved */
    unsigned signals;     /* how many of the user's signals the jobs were sent */
};

/* Forks a job. The caller has set its steps, socket, deadline and owner. Returns 0 in the job's
 * process, where the stop signals have their default action again and which dies with its parent;
 * the pid in the parent; -1 with `error`: `what` cannot be started. */
pid_t jobs_fork(struct jobs *jobs, struct job *job, const char *what, struct error *error);
/* Waits until a job's socket can be read, or a job without a socket has ended, and returns that
 * job. Returns NULL at the time `until`, and after a signal. Takes the next step of jobs that are
 * past their deadline, and of all jobs for each signal of the user. */
struct job *jobs_wait(struct jobs *jobs, uint64_t until);
/* Waits until the job ends, closes its descriptors and removes it from `jobs`. */
void jobs_reap(struct jobs *jobs, struct job *job);
/* Closes the sockets of all jobs, then waits for all to end and reaps them. */
void jobs_finish(struct jobs *jobs);
/* Takes the first step of all jobs that are not being ended yet; then as jobs_finish(). */
void jobs_stop(struct jobs *jobs);
/* Waits until the processes that the jobs left behind are gone, or a signal comes. The caller is a
 * subreaper. */
void jobs_orphans(void);

#endif
