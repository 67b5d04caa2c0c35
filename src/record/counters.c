/* SPDX-License-Identifier: MIT
 * counters.c: see counters.h.
 */
#include "record/counters.h"

#include "format/format.h"

static void add(uint64_t *sum, uint64_t n)
{
    *sum = n > UINT64_MAX - *sum ? UINT64_MAX : *sum + n;
}

void counters_add(struct record_actor *sum, const struct record_actor *one)
{
    add(&sum->counted, one->counted);
    add(&sum->uncounted, one->uncounted);
    add(&sum->failed, one->failed);
    add(&sum->resets, one->resets);
    add(&sum->indeterminate, one->indeterminate);
    add(&sum->starts, one->starts);
}

void counters_set(json_t **object, const struct record_actor *counters)
{
    member_count(object, "counted", counters->counted);
    member_count(object, "uncounted", counters->uncounted);
    member_count(object, "failed", counters->failed);
    member_count(object, "indeterminate", counters->indeterminate);
}

json_t *counters_latency(const struct histogram *latency)
{
    static const struct {
        const char *name;
        double part;
    } points[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p999", 0.999 },
                   { "max", 1.0 } };
    json_t *object = json_object();
    for (unsigned i = 0; i < sizeof points / sizeof points[0]; i++)
        member_count(&object, points[i].name, histogram_quantile(latency, points[i].part));
    return object;
}
