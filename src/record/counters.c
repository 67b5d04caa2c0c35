/* SPDX-License-Identifier: MIT
 * counters.c: see counters.h.
 */
#include "record/counters.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

static char *buckets_text(const struct histogram *latency)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    for (unsigned i = 0, n = 0; i < HISTOGRAM_BUCKETS; i++)
        if (latency->bucket[i] > 0)
            fprintf(out, "%s%u:%" PRIu64, n++ > 0 ? " " : "", i, latency->bucket[i]);
    return fclose(out) == 0 ? text : NULL;
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
    char *buckets = buckets_text(latency);
    member_set(&object, "buckets", buckets ? json_string(buckets) : NULL);
    free(buckets);
    return object;
}

/* Takes a number from *at, and the character behind it. */
static bool take_number(const char **at, uint64_t *ret, char *ret_end)
{
    char *end;
    if (!*at || !isdigit((unsigned char)**at))
        return false;
    *ret = strtoull(*at, &end, 10);
    *ret_end = *end;
    *at = *end != '\0' ? end + 1 : end;
    return true;
}

void counters_add_latency(struct histogram *sum, const json_t *latency)
{
    const char *text = json_string_value(json_object_get(latency, "buckets"));
    uint64_t index, count;
    char end;
    while (take_number(&text, &index, &end) && end == ':' && index < HISTOGRAM_BUCKETS &&
           take_number(&text, &count, &end))
        add(&sum->bucket[index], count);
}
