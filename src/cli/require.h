/* SPDX-License-Identifier: MIT
 * require.h: a limit that the numbers of a run must keep, as --require has it: "p99<5ms",
 * "rate>1000", "resets<10". Not async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef CLI_REQUIRE_H
#define CLI_REQUIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum require_metric {
    REQUIRE_P50, REQUIRE_P90, REQUIRE_P99, REQUIRE_P999, REQUIRE_MAX, /* latencies */
    REQUIRE_RATE,
    REQUIRE_COUNTED, REQUIRE_UNCOUNTED, REQUIRE_FAILED, REQUIRE_INDETERMINATE, REQUIRE_RESETS,
    REQUIRE_METRICS
};

struct require {
    const char *text;   /* as typed */
    enum require_metric metric;
    bool above;         /* the number must be above `value`; else below */
    uint64_t value;     /* ns, operations a second, or a count */
};

/* Whether the metric is a latency. */
static inline bool require_is_latency(enum require_metric metric)
{
    return metric <= REQUIRE_MAX;
}
/* The part of all operations, 0..1, whose latency the metric is. */
double require_quantile(enum require_metric metric);
/* Parses a limit, which must outlive *ret. False: it is none. */
bool require_parse(const char *text, struct require *ret);
/* Writes the names of the metrics. Returns `text`. */
const char *require_names(char *text, size_t size);

#endif
