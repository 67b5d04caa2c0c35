/* SPDX-License-Identifier: MIT
 * replay_file.h: a replay file: the operations that lead to a finding, in order, and what is needed
 * to perform them again. The format is in stress-supervisor-replay(5). Reading is strict, and
 * returns exactly what was written. Not async-signal-safe.
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
#include "memory/memory.h"

enum { REPLAY_FORMAT = 1, REPLAY_LINES = 1 << 18, REPLAY_WORDS = 256 };
#define REPLAY_RESET UINT32_MAX /* in place of an actor */

/* One line. `actor` and `action` are indices of `actors` and `actions`. */
struct replay_line {
    uint32_t actor;
    uint32_t action;
    uint64_t operation;
    uint32_t number;     /* of the line in the file; 0: not from a file */
    uint32_t late;       /* it did not end in time. This and the rest: for comments */
    uint64_t after_ns;   /* when it started, plus 1; 0: unknown */
    uint64_t result;     /* as in struct layout_logged; 0: unknown */
    char note[LAYOUT_NOTE]; /* "": none */
};

/* All values that were given for one key. */
struct replay_words {
    uint32_t n;
    char *word[REPLAY_WORDS];
};

struct replay {
    char *path;          /* of the file; NULL: not from a file */
    char *workload, *directory, *bucket; /* NULL: not given, which is an error for `workload` */
    struct replay_words arguments, options, injections;
    struct replay_words variables; /* "NAME=VALUE": see variables.h */
    uint64_t seed;
    struct names actors, actions;
    bool *takes_part;    /* for each of `actors` */
    uint64_t cut;        /* operations before the first line that were lost */
    struct replay_line *lines;
    uint32_t n_lines;
};

/* Reads a replay file; `path` is the file, or the directory of a finding. The caller frees the
 * result with replay_free(). NULL: `error` has one line, with the file and, where possible, the
 * line. */
struct replay *replay_read(const char *path, struct error *error);
/* Prints a replay file. A failure shows in ferror(). */
void replay_print(FILE *out, const struct replay *replay);
/* An empty one. NULL: out of memory. */
struct replay *replay_new(void);
/* NULL is permitted. */
void replay_free(struct replay *replay);
/* Appends a copy of `word`. Returns 0, or -1 with the reason. */
int replay_add_word(struct replay_words *words, const char *word, struct error *error);
/* The number of operations, without resets. */
uint32_t replay_operations(const struct replay *replay);

#endif
