/* SPDX-License-Identifier: MIT
 * directory.h: the run directory: events.jsonl, findings/, result.json, scratch/. All of it is
 * readable at any moment, also after SIGKILL of everything: an event is one write() of one line,
 * a finding's directory and result.json appear whole by rename(). Nothing is followed out of the
 * directory (openat from one descriptor). Every failure is reported once (the first is what
 * matters: a full disk) and remembered, so that the run ends with exit status 3. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_DIRECTORY_H
#define RUNDIR_DIRECTORY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/* Of events that come with each reset at most so many are written, and one more with each sample:
 * thousands a second would fill the disk. Samples have their sums. */
enum { RUNDIR_FREQUENT = 4, RUNDIR_EVENTS = 1000 };
/* Bytes in findings/: further ones are only counted. */
enum { RUNDIR_FINDINGS_MOST = 64 << 20 };

struct rundir {
    int fd;            /* the directory; -1: none */
    int events;        /* events.jsonl, O_APPEND */
    unsigned frequent[RUNDIR_FREQUENT]; /* written of generation, reset, server, hook */
    unsigned samples;  /* written */
    uint64_t left_out; /* events that were not written */
    size_t kept;       /* bytes in findings/ */
    bool failed;       /* something could not be written */
    struct error error; /* the first failure */
    char path[PATH_MAX];    /* absolute */
    char scratch[PATH_MAX]; /* absolute; made */
};

/* `output` NULL: stress-runs/NAME-YYYYMMDDTHHMMSS-SEED (seed in hex) below the current directory.
 * Refuses a directory that exists and is not empty. rundir_precheck() does only that refusal, for
 * use before anything is started. */
int rundir_precheck(const char *output, struct error *error);
/* Only the directory; `path` is absolute. 0 or -1. */
int rundir_make(const char *output, const char *name, uint64_t seed, char path[PATH_MAX],
                struct error *error);
/* One in $TMPDIR, /tmp without it, for `what`; the caller removes it. */
int rundir_make_temporary(const char *what, char path[PATH_MAX], struct error *error);
/* The directory and what is in it from the start. */
int rundir_create(struct rundir *rundir, const char *output, const char *name, uint64_t seed,
                  struct error *error);
/* Remembers a failure. */
void rundir_fail(struct rundir *rundir, const struct error *error);
/* Makes `name` below `at` with this content; it must not exist. 0 or -1. */
int rundir_write(int at, const char *name, const void *data, size_t size, struct error *error);
/* Closes its descriptors. */
void rundir_close(struct rundir *rundir);

#endif
