/* SPDX-License-Identifier: MIT
 * directory.h: the run directory: events.jsonl, findings/, result.json. It is readable at any
 * moment, also after SIGKILL of every process: an event is one write() of one line, and a
 * finding's directory and result.json appear complete, by rename(). Files are opened relative to
 * one descriptor (openat), so no link leads out of the directory. The first failure to write is
 * remembered, and the run ends with exit status 3. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_DIRECTORY_H
#define RUNDIR_DIRECTORY_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/* RUNDIR_EVENTS is the most events of a kind that comes with each reset; each sample permits one
 * more. Thousands a second would fill the disk. The samples have the sums. */
enum { RUNDIR_FREQUENT = 4, RUNDIR_EVENTS = 1000 };
/* Bytes in findings/ after which further findings get no directory. */
enum { RUNDIR_FINDINGS_MOST = 64 << 20 };

struct rundir {
    int fd;            /* the directory, locked (flock); -1: not made */
    int events;        /* events.jsonl, O_APPEND; -1: not open */
    unsigned frequent[RUNDIR_FREQUENT]; /* events of generation, reset, server, hook written */
    unsigned samples;  /* samples written */
    uint64_t left_out; /* events that were not written */
    size_t kept;       /* bytes in findings/, without ... */
    size_t kept_scratch; /* ... copies of the scratch directory */
    bool failed;       /* something could not be written */
    struct error error; /* the first failure */
    char path[PATH_MAX]; /* absolute */
};

/* These return 0, or -1 with one line for the user. `output` is the directory; NULL:
 * stress-runs/NAME-YYYYMMDDTHHMMSS-SEED (SEED in hex) below the current directory. */

/* Refuses an `output` that exists, unless it is an empty directory. Makes nothing. */
int rundir_precheck(const char *output, struct error *error);
/* Does the same check, then makes the directory alone; `path`: its absolute name. 0 or -1. */
int rundir_make(const char *output, const char *name, uint64_t seed, char path[PATH_MAX],
                struct error *error);
/* Lets the link `latest` beside the directory `path` lead to it, if it is one of the default names.
 * Call it once the run is certain to leave something. Does nothing where there is another file of
 * that name, or where links are not possible. */
void rundir_point_latest(const char *output, const char *path);
/* Makes a directory in $TMPDIR, or in /tmp without it, for `what`. The caller removes it. */
int rundir_make_temporary(const char *what, char path[PATH_MAX], struct error *error);
/* Opens the directory `path`, which is new, and makes events.jsonl in it. */
int rundir_open(struct rundir *rundir, const char *path, struct error *error);
/* Makes the directory and what belongs into it from the start. */
int rundir_create(struct rundir *rundir, const char *output, const char *name, uint64_t seed,
                  struct error *error);
/* Returns the first line of events.jsonl below the directory `at`, which the caller frees; NULL:
 * there is none. Without a newline it was cut off. */
char *rundir_first_line(int at, size_t *ret_length);
/* Returns the event of the start, with which a run directory begins (new reference). NULL: there is
 * none. */
json_t *rundir_start(int at);
/* Remembers a failure, unless there was one before. */
void rundir_fail(struct rundir *rundir, const struct error *error);
/* Makes the file `name` below the directory `at` with this content. It must not exist. Returns 0,
 * or -1 with the reason. */
int rundir_write(int at, const char *name, const void *data, size_t size, struct error *error);
/* Closes the descriptors. */
void rundir_close(struct rundir *rundir);

#endif
