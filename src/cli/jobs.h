/* SPDX-License-Identifier: MIT
 * jobs.h: processes that a command runs side by side: forks, waits for one of them, ends them, step
 * by step, and reaps them. The one place where crash, replay, shrink and suite do so. Needs
 * cli_catch_signals(). Not async-signal-safe.
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

/* How a job is ended: the next step is taken when the patience of the one before is over, or the
 * user sends another signal. SIGKILL is the last. */
struct job_step {
    int signal;
    bool group;           /* to its process group */
    uint64_t patience_ns; /* CLOCK_NEVER: until the user sends a signal */
};

struct job {
    pid_t pid;            /* 0: it does not run */
    int pidfd;
    int socket;           /* its other end is the process's; -1: none. Closed with the job */
    uint64_t deadline_ns; /* when the next step is taken; CLOCK_NEVER: not by itself */
    const struct job_step *steps;
    unsigned step;
    bool late, stopped;   /* why it was ended: its deadline, or the command's end */
    int status;           /* of a job that ended, as wait() has it */
    void *owner;          /* for the caller */
};

/* Those that run. */
struct jobs {
    struct job *job[JOBS_MOST];
    unsigned n;
    unsigned turn;        /* where the next look begins, so that each is heard */
    unsigned signals;     /* that were passed on */
};

/* Forks a job with the steps, socket, deadline and owner that are set. In the process: 0; signals
 * end it again, and it dies with this one. Else its pid; -1: `what` cannot be started. */
pid_t jobs_fork(struct jobs *jobs, struct job *job, const char *what, struct error *error);
/* Waits for a job that can be read, or has ended if it has no socket. NULL: none until then, or a
 * signal came. Takes the steps of those that are late; each signal of the user is a step of all. */
struct job *jobs_wait(struct jobs *jobs, uint64_t until);
/* Waits for its end; closes its descriptors. */
void jobs_reap(struct jobs *jobs, struct job *job);
/* Waits for the end of all. */
void jobs_finish(struct jobs *jobs);
/* The same, after the first step of those that are not being ended yet. */
void jobs_stop(struct jobs *jobs);
/* Waits until what they have left to this process, a subreaper, is gone, or a signal comes. */
void jobs_orphans(void);

#endif
