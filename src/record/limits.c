/* SPDX-License-Identifier: MIT
 * limits.c: see limits.h. Saboteurs do not count.
 */
#include "record/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "format/format.h"

/* A percentile is shown by ten operations beyond it, a rate by a second. */
static const double beyond = 10;

struct sums {
    struct record_actor all;
    uint64_t ns; /* duration of the run */
};

struct outcome {
    bool kept;
    char measured[128];
};

static void read_sums(const struct record *record, struct sums *ret)
{
    struct record_actor actor;
    uint64_t end = record->ended_ns ? record->ended_ns : clock_now();
    *ret = (struct sums){ .ns = end > record->started_ns ? end - record->started_ns : 0 };
    for (uint32_t i = 0; record_actor(record, i, &actor); i++) {
        if (actor.saboteur)
            continue;
        counters_add(&ret->all, &actor);
        histogram_merge(&ret->all.latency, &actor.latency);
    }
}

static void judge_latency(const struct sums *sums, const struct require *require,
                          struct outcome *ret)
{
    double quantile = require_quantile(require->metric);
    uint64_t n = histogram_total(&sums->all.latency);
    uint64_t needed = quantile < 1 ? (uint64_t)(beyond / (1 - quantile) + 0.5) : 1;
    uint64_t value = histogram_quantile(&sums->all.latency, quantile);
    char text[32];
    ret->kept = n >= needed && value < require->value;
    if (n < needed)
        snprintf(ret->measured, sizeof ret->measured, "not shown: %" PRIu64 " operations, and %"
                 PRIu64 " are needed", n, needed);
    else
        snprintf(ret->measured, sizeof ret->measured, "%s",
                 text_format_duration(value, text, sizeof text));
}

static void judge_rate(const struct sums *sums, const struct require *require,
                       struct outcome *ret)
{
    double rate = sums->ns > 0 ? (double)sums->all.counted * 1e9 / (double)sums->ns : 0;
    double value = (double)require->value;
    char text[32];
    ret->kept = sums->ns >= CLOCK_SECOND && (require->above ? rate > value : rate < value);
    if (sums->ns < CLOCK_SECOND)
        snprintf(ret->measured, sizeof ret->measured, "not shown: the run took %s, and 1 s is "
                 "needed", text_format_duration(sums->ns, text, sizeof text));
    else
        snprintf(ret->measured, sizeof ret->measured, "%.1f a second", rate);
}

static void judge_count(const struct record *record, const struct sums *sums,
                        const struct require *require, struct outcome *ret)
{
    const uint64_t counts[REQUIRE_METRICS] = {
        [REQUIRE_COUNTED] = sums->all.counted, [REQUIRE_UNCOUNTED] = sums->all.uncounted,
        [REQUIRE_FAILED] = sums->all.failed, [REQUIRE_INDETERMINATE] = sums->all.indeterminate,
        [REQUIRE_RESETS] = record->resets
    };
    uint64_t n = counts[require->metric];
    ret->kept = require->above ? n > require->value : n < require->value;
    snprintf(ret->measured, sizeof ret->measured, "%" PRIu64, n);
}

static void judge(const struct record *record, const struct sums *sums,
                  const struct require *require, struct outcome *ret)
{
    if (require_is_latency(require->metric))
        judge_latency(sums, require, ret);
    else if (require->metric == REQUIRE_RATE)
        judge_rate(sums, require, ret);
    else
        judge_count(record, sums, require, ret);
}

static const struct options_requirements *requirements(const struct record *record)
{
    static const struct options_requirements none;
    return record->options ? &record->options->required : &none;
}

unsigned limits_add(struct record *record)
{
    const struct options_requirements *all = requirements(record);
    enum record_verdict verdict = record_verdict(record);
    struct sums *sums = all->n > 0 ? malloc(sizeof *sums) : NULL;
    unsigned added = 0;
    if (!sums || (verdict != RECORD_PASSED && verdict != RECORD_FAILED)) {
        free(sums);
        return 0;
    }
    read_sums(record, sums);
    for (unsigned i = 0; i < all->n; i++) {
        struct outcome outcome;
        struct wire_finding finding = { .kind = FINDING_LIMIT, .actor = -1,
                                        .generation = record->generation,
                                        .operation = UINT64_MAX };
        bool is_new;
        judge(record, sums, &all->list[i], &outcome);
        if (outcome.kept)
            continue;
        snprintf(finding.title, sizeof finding.title, "%.64s: %s", all->list[i].text,
                 outcome.measured);
        added += record_add_stack(record, &finding, finding.title, all->list[i].text, &is_new) &&
                 is_new;
    }
    free(sums);
    return added;
}

json_t *limits_json(const struct record *record)
{
    const struct options_requirements *all = requirements(record);
    struct sums *sums = malloc(sizeof *sums);
    json_t *list = sums ? json_array() : NULL;
    if (sums)
        read_sums(record, sums);
    for (unsigned i = 0; sums && i < all->n; i++) {
        struct outcome outcome;
        json_t *one = json_object();
        judge(record, sums, &all->list[i], &outcome);
        member_text(&one, "limit", all->list[i].text);
        member_set(&one, "kept", json_boolean(outcome.kept));
        member_text(&one, "measured", outcome.measured);
        member_append(&list, one);
    }
    free(sums);
    return list;
}
