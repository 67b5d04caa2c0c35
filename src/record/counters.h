/* SPDX-License-Identifier: MIT
 * counters.h: the counters of one actor, of a type or of all actors: their sum and their JSON. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_COUNTERS_H
#define RECORD_COUNTERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

/* The counters of one actor at one moment: its ledger plus its live slot. */
struct record_actor {
    char name[TEXT_NAME + 16]; /* "writer.0" */
    bool saboteur, retired;
    uint64_t counted, uncounted, failed, resets, indeterminate, starts;
    struct histogram latency;
};

/* Adds the counters of `one` to `sum`, except the latencies. A sum that would overflow becomes the
 * largest value. */
void counters_add(struct record_actor *sum, const struct record_actor *one);
/* Sets counted, uncounted, failed and indeterminate of *object, which becomes NULL if memory runs
 * out. */
void counters_set(json_t **object, const struct record_actor *counters);
/* { p50, p90, p99, p999, max } in ns, and `buckets`: the histogram itself as a text, "INDEX:COUNT
 * INDEX:COUNT ..." (new reference). NULL: out of memory. */
json_t *counters_latency(const struct histogram *latency);
/* Adds the histogram of such an object, which may come from a file. It ends at what is not a
 * bucket. A sum that would overflow becomes the largest value. */
void counters_add_latency(struct histogram *sum, const json_t *latency);

#endif
