/* SPDX-License-Identifier: MIT
 * buckets.h: the findings of all shards by their buckets: how often each came, where it was seen
 * first and last, and which directory has its shortest replay. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_BUCKETS_H
#define MERGE_BUCKETS_H

#include <jansson.h>
#include <stdbool.h>

#include "rundir/rundir.h"

/* The most distinct findings; further ones are counted by kind. */
enum { BUCKETS_MOST = 10000 };

struct bucket;
struct buckets {
    struct bucket *list; /* Owned */
    size_t n, room;
    json_t *numbers;     /* of the buckets by their names. Owned */
};

/* Adds the findings of a result. `at`, `path`: its directory; `path` must outlive the buckets.
 * Returns 0, or -1: no memory. */
int buckets_add(struct buckets *buckets, const json_t *result, int at, const char *path);
/* Sets in `numbers` for each finding of a result that was added, by its number there, that of its
 * bucket. */
void buckets_numbers(const struct buckets *buckets, const json_t *result, json_t *numbers);
/* Copies the directories of the findings into the run directory. What cannot be read is left out; a
 * failure to write is remembered in `rundir`. */
void buckets_copy(struct buckets *buckets, struct rundir *rundir);
/* Whether there is a finding that is not known to all shards that have it. */
bool buckets_has_unknown(const struct buckets *buckets);
/* "findings" of result.json (new reference), numbered from 1. NULL: no memory. */
json_t *buckets_json(const struct buckets *buckets);
void buckets_free(struct buckets *buckets);

#endif
