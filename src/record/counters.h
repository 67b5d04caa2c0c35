/* SPDX-License-Identifier: MIT
 * counters.h: the counters of one actor, of a type or of all, added up and as JSON. Not
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

/* Counters of one actor at one moment: ledger plus live slot. */
struct record_actor {
    char name[TEXT_NAME + 16]; /* "writer.0" */
    bool saboteur, retired;
    uint64_t counted, uncounted, failed, resets, indeterminate, starts;
    struct histogram latency;
};

/* Adds the counters of `one` to `sum`, latencies aside; a sum that would overflow stays at the
 * largest value. */
void counters_add(struct record_actor *sum, const struct record_actor *one);
/* Sets counted, uncounted, failed and indeterminate. *object becomes NULL without memory. */
void counters_set(json_t **object, const struct record_actor *counters);
/* { p50, p90, p99, p999, max } in ns. NULL: no memory. */
json_t *counters_latency(const struct histogram *latency);

#endif
