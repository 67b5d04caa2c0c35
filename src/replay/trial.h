/* SPDX-License-Identifier: MIT
 * trial.h: a replay file run once, in a process of its own. For `replay` and `shrink`. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPLAY_TRIAL_H
#define REPLAY_TRIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/cli.h"
#include "rundir/rundir.h"
#include "session/session.h"
#include "workload/workload.h"

/* What a replay file says to run. */
struct trial_command {
    char *argv[3 * REPLAY_WORDS + 16]; /* ours: a host parses it again */
    char text[2][64];
    struct options options;
    struct subject subject;
};

/* What came of it; in memory that is shared with its process. */
struct trial_outcome {
    bool finished;
    int status;              /* exit status of the run */
    _Atomic int held;        /* the runner that waits for a debugger; 0: none yet */
    struct session_result result;
};

struct trial {
    struct job job;
    struct trial_outcome *outcome; /* owned: trial_close() */
    char directory[4096];    /* its run directory */
};

struct trial_plan {
    const struct trial_command *command;
    const struct replay *replay;
    uint64_t limit_ns;       /* after which it is killed; 0: never */
    uint64_t serial_wait_ns; /* 0: the usual */
    bool hold, silent;       /* for a debugger; with its standard error thrown away */
};

/* Makes the command line, and goes to the directory of the file. -1: wrong usage. */
int trial_prepare(const struct replay *replay, struct trial_command *ret, struct error *error);
/* 0 or -1. */
int trial_open(struct trial *trial, struct error *error);
void trial_close(struct trial *trial);
/* Forks it; trial->directory says where its run directory goes. */
int trial_start(struct trial *trial, struct jobs *jobs, const struct trial_plan *plan,
                struct error *error);
/* One that ended; those that are over their limit are killed. NULL: none did until then, or a
 * signal came, which kills all. */
struct trial *trial_wait(struct jobs *jobs, uint64_t until);
/* Kills all that run; waits until all that they started is gone, too, or until a signal comes. */
void trial_stop(struct jobs *jobs);

#endif
