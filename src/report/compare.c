/* SPDX-License-Identifier: MIT
 * compare.c: see compare.h. Findings are the same if their buckets are.
 */
#include "report/compare.h"

#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "record/record.h"

enum { NAME = 64, TITLE = 512, NAME_WIDTH = 18 };

/* ---- numbers ----------------------------------------------------------------------------- */

static const struct row {
    const char *title, *key;
    bool latency;
} rows[] = { { "per s", "rate_per_s", false }, { "p50", "p50", true }, { "p90", "p90", true },
             { "p99", "p99", true }, { "p99.9", "p999", true }, { "max", "max", true } };

static double value_of(const json_t *type, const struct row *row)
{
    const json_t *latency = json_object_get(type, "latency_ns");
    return row->latency ? (double)member_get_count(latency, row->key)
                        : member_get_real(type, row->key);
}

static const char *value_text(double value, const struct row *row, char text[32])
{
    if (value <= 0)
        snprintf(text, 32, "-");
    else if (row->latency)
        text_format_duration((uint64_t)value, text, 32);
    else
        snprintf(text, 32, "%.*f", value < 100 ? 1 : 0, value);
    return text;
}

static void print_row(FILE *out, const char *name, const json_t *before, const json_t *after,
                      const struct row *row)
{
    char texts[2][32];
    double old = value_of(before, row), new = value_of(after, row);
    fprintf(out, "  %-*s %-6s %12s %12s", NAME_WIDTH, name, row->title,
            value_text(old, row, texts[0]), value_text(new, row, texts[1]));
    if (old > 0 && new > 0)
        fprintf(out, " %+9.1f %%", (new - old) / old * 100);
    fputc('\n', out);
}

static const json_t *type_named(const json_t *result, const char *name)
{
    const json_t *types = json_object_get(result, "types"), *type;
    char own[NAME];
    size_t i;
    json_array_foreach(types, i, type)
        if (strcmp(member_get_text(type, "name", "", own, sizeof own), name) == 0)
            return type;
    return NULL;
}

static void print_type(FILE *out, const char *name, const json_t *before, const json_t *after)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        print_row(out, i == 0 ? name : "", before, after, &rows[i]);
}

/* Saboteurs only break things: how fast they do is not what is compared. */
static void print_types(FILE *out, const json_t *before, const json_t *after)
{
    const json_t *type;
    char name[NAME];
    size_t i;
    fprintf(out, "\n  %-*s %-6s %12s %12s %11s\n", NAME_WIDTH, "actors", "", "before", "now",
            "change");
    json_array_foreach(json_object_get(after, "types"), i, type)
        if (!json_is_true(json_object_get(type, "saboteur"))) {
            member_get_text(type, "name", "?", name, sizeof name);
            print_type(out, name, type_named(before, name), type);
        }
    json_array_foreach(json_object_get(before, "types"), i, type)
        if (!json_is_true(json_object_get(type, "saboteur")) &&
            !type_named(after, member_get_text(type, "name", "?", name, sizeof name)))
            print_type(out, name, type, NULL);
}

/* ---- findings ---------------------------------------------------------------------------- */

/* NULL: it has none of this bucket. */
static const json_t *finding_like(const json_t *result, const json_t *finding)
{
    const char *bucket = json_string_value(json_object_get(finding, "bucket"));
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(result, "findings"), i, one) {
        const char *own = json_string_value(json_object_get(one, "bucket"));
        if (bucket && own && strcmp(bucket, own) == 0)
            return one;
    }
    return NULL;
}

static void print_finding(FILE *out, const json_t *finding, const json_t *earlier)
{
    char kind[NAME], title[TITLE];
    fprintf(out, "  %" PRIu64 "x ", member_get_count(finding, "count"));
    if (earlier)
        fprintf(out, "(before %" PRIu64 "x) ", member_get_count(earlier, "count"));
    fprintf(out, "%s: %s\n", member_get_text(finding, "kind", "?", kind, sizeof kind),
            member_get_text(finding, "title", "", title, sizeof title));
}

/* Prints the findings of one result that the other has, or has not. */
static void print_findings(FILE *out, const char *what, const json_t *of, const json_t *other,
                           bool has)
{
    const json_t *one;
    size_t i, n = 0;
    json_array_foreach(json_object_get(of, "findings"), i, one)
        n += (finding_like(other, one) != NULL) == has;
    if (n > 0)
        fprintf(out, "\nfindings that %s: %zu\n", what, n);
    json_array_foreach(json_object_get(of, "findings"), i, one) {
        const json_t *like = finding_like(other, one);
        if ((like != NULL) == has)
            print_finding(out, one, like);
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

static void print_run(FILE *out, const char *what, const json_t *result)
{
    char workload[TITLE], seed[NAME], started[NAME], verdict[NAME];
    fprintf(out, "%s %s  seed %s  started %s  verdict %s\n", what,
            member_get_text(result, "workload", "?", workload, sizeof workload),
            member_get_text(result, "seed", "?", seed, sizeof seed),
            member_get_text(result, "started", "?", started, sizeof started),
            member_get_text(result, "verdict", "none yet", verdict, sizeof verdict));
}

void report_compare(FILE *out, const json_t *before, const json_t *after)
{
    char workloads[2][TITLE];
    print_run(out, "before:", before);
    print_run(out, "now:   ", after);
    if (strcmp(member_get_text(before, "workload", "", workloads[0], TITLE),
               member_get_text(after, "workload", "", workloads[1], TITLE)) != 0)
        fputs("these are different workloads\n", out);
    if (json_is_false(json_object_get(before, "complete")) ||
        json_is_false(json_object_get(after, "complete")))
        fputs("at least one of them is incomplete: it has fewer operations and findings\n", out);
    print_types(out, before, after);
    print_findings(out, "came", after, before, false);
    print_findings(out, "went", before, after, false);
    print_findings(out, "stayed", after, before, true);
    if (json_array_size(json_object_get(before, "findings")) == 0 &&
        json_array_size(json_object_get(after, "findings")) == 0)
        fputs("\nfindings: none, before and now\n", out);
}
