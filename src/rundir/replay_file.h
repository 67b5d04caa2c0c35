/* SPDX-License-Identifier: MIT
 * replay_file.h: a replay file: the operations that lead to a finding, in order, with what is
 * needed to perform them again: man/stress-supervisor-replay.5. Read strictly; written so that what
 * is read is what was written. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_REPLAY_FILE_H
#define RUNDIR_REPLAY_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/base.h"
#include "format/format.h"

enum { REPLAY_FORMAT = 1, REPLAY_LINES = 1 << 18, REPLAY_WORDS = 256 };
#define REPLAY_RESET UINT32_MAX /* in place of an actor */

/* What is in one line. Names are numbers into `actors` and `actions`. */
struct replay_line {
    uint32_t actor;
    uint32_t action;
    uint64_t operation;
    uint32_t number;     /* of the line in the file; 0: of none */
    uint32_t late;       /* for a comment, as what follows; 0: unknown */
    uint64_t after_ns;   /* when it started, + 1 */
    uint64_t result;     /* as in struct layout_logged */
};

/* Words that belong to one key: all that are given. */
struct replay_words {
    uint32_t n;
    char *word[REPLAY_WORDS];
};

struct replay {
    char *path;          /* of the file; NULL: none yet */
    char *workload, *directory, *bucket; /* NULL: not given; the workload always is */
    struct replay_words arguments, options, injections;
    uint64_t seed;
    struct names actors, actions;
    bool *takes_part;    /* which of the actors, by number */
    uint64_t cut;        /* operations before the first line that are lost */
    struct replay_line *lines;
    uint32_t n_lines;
};

/* `path`: the file, or the directory of a finding that has one. NULL, with one line in `error` that
 * begins with file and line. */
struct replay *replay_read(const char *path, struct error *error);
/* Writes one; stdio keeps the failure. */
void replay_print(FILE *out, const struct replay *replay);
/* An empty one; NULL: no memory. */
struct replay *replay_new(void);
void replay_free(struct replay *replay);
int replay_add_word(struct replay_words *words, const char *word, struct error *error);
/* Operations in it, resets aside. */
uint32_t replay_operations(const struct replay *replay);

#endif
