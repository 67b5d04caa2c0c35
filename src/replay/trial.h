/* SPDX-License-Identifier: MIT
 * trial.h: runs a replay file once, in a process of its own, for `replay` and `shrink`. Not
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

/* The command that a replay file says to run. */
struct trial_command {
    char *argv[3 * REPLAY_WORDS + 16]; /* borrowed words; a host parses it again */
    char text[2][64];
    struct options options;
    struct subject subject;
};

/* The outcome of a trial; in memory shared with its process. */
struct trial_outcome {
    bool finished;
    int status;              /* exit status of the run */
    _Atomic int held;        /* pid of the runner that waits for a debugger; 0: none */
    struct session_result result;
};

struct trial {
    struct job job;
    struct trial_outcome *outcome; /* owned */
    char directory[4096];    /* its run directory */
};

struct trial_plan {
    const struct trial_command *command;
    const struct replay *replay;
    uint64_t limit_ns;       /* after this time the run is killed; 0: never */
    uint64_t serial_wait_ns; /* see struct session_orders; 0: the default */
    bool hold, silent;       /* hold a runner for a debugger; discard standard error */
};

/* Makes the command line, and changes to the directory that the replay file names. Returns 0, or -1
 * with `error`: wrong usage. */
int trial_prepare(const struct replay *replay, struct trial_command *ret, struct error *error);
/* Maps the outcome. Makes this process a subreaper. Returns 0, or -1 with `error`. */
int trial_open(struct trial *trial, struct error *error);
void trial_close(struct trial *trial);
/* Forks the run. The caller has set trial->directory. Returns 0, or -1 with `error`. */
int trial_start(struct trial *trial, struct jobs *jobs, const struct trial_plan *plan,
                struct error *error);
/* Waits until a trial ends, and returns it. Kills trials that are past their limit. NULL: the time
 * `until` came, or a signal, after which all are killed. */
struct trial *trial_wait(struct jobs *jobs, uint64_t until);
/* Kills all trials; waits until all their processes are gone, or until a signal comes. */
void trial_stop(struct jobs *jobs);

/* Why a finding may not come in a trial, and what to try, for the user; NULL if only one actor
 * takes part. */
const char *trial_hint(const struct replay *replay);

#endif
