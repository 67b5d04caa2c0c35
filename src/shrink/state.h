/* SPDX-License-Identifier: MIT
 * state.h: what the files of `shrink` share.
 *   shrink.c         the order of things, the output file, what is printed
 *   shrink_reduce.c  which candidates to try
 *   shrink_tries.c   tries them, side by side, and remembers what came of them
 *
 * What may be left out are the parts of a replay file: its lines, its actors, its faults, numbered
 * in this order. A candidate says which parts it keeps.
 */
#ifndef SHRINK_STATE_H
#define SHRINK_STATE_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "replay/replay.h"
#include "rundir/rundir.h"

enum { SHRINK_JOBS = 64 };

/* What came of candidates, by their hash. */
struct shrink_memory {
    uint64_t *keys;  /* 2 * room; 0: free */
    bool *same;
    uint32_t n, room;
    FILE *file;      /* where it is kept until the work is done; NULL: nowhere */
};

struct shrink {
    const struct options *options;
    struct replay *replay;
    struct trial_command command;
    uint32_t n_lines, n_actors, n_faults, n_parts;
    bool *best;                    /* n_parts: the shortest so far */
    struct trial trials[SHRINK_JOBS];
    unsigned n_trials;
    uint64_t limit_ns;             /* of a run */
    uint64_t tries, needed;        /* runs that a candidate has; that must show the finding */
    bool anew;                     /* what is remembered does not count just now */
    uint64_t runs, remembered;
    uint64_t broken;               /* runs that the harness could not do */
    uint64_t identity;             /* hash of what is the same in all candidates */
    struct shrink_memory memory;
    char directory[PATH_MAX];      /* of the runs */
    char output[PATH_MAX];         /* absolute */
    uint64_t started_ns, said_ns;
};

extern volatile sig_atomic_t shrink_signal;

/* shrink.c */
/* A shorter one came: writes it. */
int shrink_accept(struct shrink *shrink, const bool *parts, struct error *error);
void shrink_progress(struct shrink *shrink, bool last);
/* The replay file that keeps these parts; NULL: no memory. */
struct replay *shrink_candidate(const struct shrink *shrink, const bool *parts);
/* The pieces belong to `replay` of the shrink. */
void shrink_candidate_free(struct replay *candidate);

/* shrink_reduce.c: until no part can be left out. -1 with `error`; also when it is stopped, with
 * error->text "". */
int shrink_reduce(struct shrink *shrink, struct error *error);

/* shrink_tries.c */
int shrink_tries_open(struct shrink *shrink, struct error *error);
void shrink_tries_close(struct shrink *shrink);
/* Tries each of n candidates; which of them show the same finding? */
int shrink_try(struct shrink *shrink, bool *const *candidates, unsigned n, bool *ret_same,
               struct error *error);

#endif
