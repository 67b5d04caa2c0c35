/* SPDX-License-Identifier: MIT
 * state.h: the state of one shrink. The parts of a replay file that can be left out are its lines,
 * its actors and its faults, numbered in this order. A candidate is an array of bool: the parts
 * that it keeps. shrink.c owns the state. Types only.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_STATE_H
#define SHRINK_STATE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/cli.h"
#include "replay/replay.h"
#include "rundir/rundir.h"

enum { SHRINK_JOBS = 64 };

struct shrink {
    const struct options *options;
    struct replay *replay;
    struct trial_command command;
    uint32_t n_lines, n_actors, n_faults, n_parts;
    bool *best;                    /* n_parts: the shortest candidate so far */
    struct trial trials[SHRINK_JOBS];
    unsigned n_trials;
    struct jobs jobs;              /* the running trials */
    uint64_t limit_ns;             /* a run that takes longer is killed */
    uint64_t tries, needed;        /* runs of a candidate; how many must show the finding */
    bool anew;                     /* for now, ignore what is remembered */
    uint64_t runs, remembered;
    uint64_t broken;               /* runs in which the harness failed */
    uint64_t identity;             /* hash of what all candidates have in common */
    void *memory;                  /* outcomes of candidates: see memory.h */
    FILE *memory_file;             /* the same, until the work is done; NULL: none */
    char directory[PATH_MAX];      /* holds the run directories */
    char output[PATH_MAX];         /* absolute */
    uint64_t started_ns;
    struct ticker ticker;
};

#endif
