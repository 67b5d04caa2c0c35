/* SPDX-License-Identifier: MIT
 * source.h: one of the run directories that are merged: which share it is, and of what. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_SOURCE_H
#define MERGE_SOURCE_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"

struct source {
    const char *path;       /* as typed */
    uint32_t number, count; /* of its share, 1 and 1 of the whole; 0: cut off before it said so */
    char command[8];        /* run, crash or suite */
    char subject[256];      /* the workload, or the suite */
    char seed[32];          /* that all shares were given; "": none */
    char identity[32];      /* of what was tested: see workload/tested.h; "": not told */
    int64_t started;        /* seconds since 1970; 0: not known */
    dev_t device;
    ino_t inode;
};

/* Opens the directory. Returns a descriptor, or -1 with `error`. */
int source_open(const char *path, struct error *error);
/* Finds out what it is, from the first event or else from the result. Returns 0, or an exit status
 * with `error`. */
int source_identify(struct source *source, const char *path, struct error *error);
/* Does its complete result say the same of its command, its share and its seed? Returns 0, or -1
 * with `error`. */
int source_confirm(const struct source *source, const json_t *result, struct error *error);
/* Orders sources by their shares, then by their start, then by their names: the order in which they
 * are merged, whatever that of the command line. */
int source_compare(const void *a, const void *b);
/* Are these shares of the same whole? Returns 0, or -1 with `error`. */
int source_agree(const struct source *a, const struct source *b, struct error *error);

#endif
