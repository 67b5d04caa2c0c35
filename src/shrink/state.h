/* SPDX-License-Identifier: MIT
 * state.h: one shrink: what may be left out, what is left, what runs. What may be left out are the
 * parts of a replay file: its lines, its actors, its faults, numbered in this order. A candidate
 * says which parts it keeps. Owned by shrink.c. Types only.
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
    bool *best;                    /* n_parts: the shortest so far */
    struct trial trials[SHRINK_JOBS];
    unsigned n_trials;
    struct jobs jobs;              /* those that run */
    uint64_t limit_ns;             /* of a run */
    uint64_t tries, needed;        /* runs that a candidate has; that must show the finding */
    bool anew;                     /* what is remembered does not count just now */
    uint64_t runs, remembered;
    uint64_t broken;               /* runs that the harness could not do */
    uint64_t identity;             /* hash of what is the same in all candidates */
    void *memory;                  /* of candidates: memory.c */
    FILE *memory_file;             /* where it is kept until the work is done; NULL: nowhere */
    char directory[PATH_MAX];      /* of the runs */
    char output[PATH_MAX];         /* absolute */
    uint64_t started_ns;
    struct ticker ticker;
};

#endif
