/* SPDX-License-Identifier: MIT
 * sums.h: what a run has once, added up over all shards: operations, resets, times, doubts. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_SUMS_H
#define MERGE_SUMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "doubt/doubt.h"

enum { SUMS_COUNTS = 11 };
#define SUMS_LONGEST_S 4e9 /* of a run */

struct sums {
    uint64_t counts[SUMS_COUNTS];
    size_t n;             /* results with supervisors */
    bool untold;          /* a shard has no target */
    double reset_total_s, reset_max_s, duration_s; /* of the longest shard */
    struct doubts doubts;
};

/* A number of a result, which may be forged: at least 0 and at most `most`, so that sums stay
 * numbers. */
double sums_real(const json_t *object, const char *key, double most);
void sums_add(struct sums *sums, const json_t *result);
/* Sets the sums in a result. *result becomes NULL if memory runs out. */
void sums_set(const struct sums *sums, json_t **result);
/* The same for the doubts alone. */
void sums_set_doubts(const struct sums *sums, json_t **result);

#endif
