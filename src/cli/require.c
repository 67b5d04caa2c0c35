/* SPDX-License-Identifier: MIT
 * require.c: see require.h.
 */
#include "cli/require.h"

#include <string.h>

#include "base/base.h"

static const struct {
    const char *name;
    double quantile;
} metrics[REQUIRE_METRICS] = {
    [REQUIRE_P50] = { "p50", 0.5 },      [REQUIRE_P90] = { "p90", 0.9 },
    [REQUIRE_P99] = { "p99", 0.99 },     [REQUIRE_P999] = { "p99.9", 0.999 },
    [REQUIRE_MAX] = { "max", 1.0 },      [REQUIRE_RATE] = { "rate", 0 },
    [REQUIRE_COUNTED] = { "counted", 0 }, [REQUIRE_UNCOUNTED] = { "uncounted", 0 },
    [REQUIRE_FAILED] = { "failed", 0 },  [REQUIRE_INDETERMINATE] = { "indeterminate", 0 },
    [REQUIRE_RESETS] = { "resets", 0 },
};

double require_quantile(enum require_metric metric)
{
    return metrics[metric].quantile;
}

/* A latency is known up to the width of a bucket, and only its upper end: it cannot be shown to be
 * above something. */
bool require_parse(const char *text, struct require *ret)
{
    size_t length = strcspn(text, "<>");
    unsigned metric = 0;
    while (metric < REQUIRE_METRICS && (strlen(metrics[metric].name) != length ||
                                        strncmp(metrics[metric].name, text, length) != 0))
        metric++;
    if (metric == REQUIRE_METRICS || text[length] == '\0')
        return false;
    *ret = (struct require){ .text = text, .metric = (enum require_metric)metric,
                             .above = text[length] == '>' };
    const char *value = text + length + 1;
    return require_is_latency(ret->metric)
               ? !ret->above && text_parse_duration(value, &ret->value)
               : text_parse_u64(value, &ret->value);
}

const char *require_names(char *text, size_t size)
{
    text[0] = '\0';
    for (unsigned i = 0; i < REQUIRE_METRICS; i++)
        text_add_word(text, size, metrics[i].name);
    return text;
}
