/* SPDX-License-Identifier: MIT
 * compare.c: see compare.h. Findings are the same if their buckets are.
 */
#include "report/compare.h"

#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "record/record.h"

enum { NAME = 64, TITLE = 512, NAME_WIDTH = 18, COMPARE_SCHEMA = 1 };

/* ---- numbers ----------------------------------------------------------------------------- */

static const struct measure {
    const char *title, *key;
    bool latency;
} measures[] = { { "per s", "rate_per_s", false }, { "p50", "p50", true }, { "p90", "p90", true },
                 { "p99", "p99", true }, { "p99.9", "p999", true }, { "max", "max", true } };
enum { MEASURES = sizeof measures / sizeof *measures };

static double value_of(const json_t *type, const struct measure *measure)
{
    const json_t *latency = json_object_get(type, "latency_ns");
    return measure->latency ? (double)member_get_count(latency, measure->key)
                            : member_get_real(type, measure->key);
}

static json_t *number(double value)
{
    return value > 0 ? json_real(value) : json_null();
}

static json_t *measure_json(const json_t *before, const json_t *after,
                            const struct measure *measure)
{
    double old = value_of(before, measure), new = value_of(after, measure);
    json_t *object = json_object();
    member_text(&object, "measure", measure->key);
    member_set(&object, "before", number(old));
    member_set(&object, "now", number(new));
    member_set(&object, "change_percent",
               old > 0 && new > 0 ? json_real((new - old) / old * 100) : json_null());
    return object;
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

static json_t *type_json(const char *name, const json_t *before, const json_t *after)
{
    json_t *object = json_object(), *list = json_array();
    for (size_t i = 0; i < MEASURES; i++)
        member_append(&list, measure_json(before, after, &measures[i]));
    member_text(&object, "name", name);
    member_set(&object, "measures", list);
    return object;
}

/* Saboteurs only break things: how fast they do is not what is compared. */
static json_t *types_json(const json_t *before, const json_t *after)
{
    const json_t *type;
    json_t *list = json_array();
    char name[NAME];
    size_t i;
    json_array_foreach(json_object_get(after, "types"), i, type)
        if (!json_is_true(json_object_get(type, "saboteur"))) {
            member_get_text(type, "name", "?", name, sizeof name);
            member_append(&list, type_json(name, type_named(before, name), type));
        }
    json_array_foreach(json_object_get(before, "types"), i, type)
        if (!json_is_true(json_object_get(type, "saboteur")) &&
            !type_named(after, member_get_text(type, "name", "?", name, sizeof name)))
            member_append(&list, type_json(name, type, NULL));
    return list;
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

/* Its title is the one that it has now. */
static json_t *finding_compared(const json_t *before, const json_t *now, const char *what)
{
    static const char *const same[] = { "kind", "title", "bucket", "known", NULL };
    json_t *object = json_object();
    member_text(&object, "what", what);
    member_copy(&object, now ? now : before, same);
    member_count(&object, "before", member_get_count(before, "count"));
    member_count(&object, "now", member_get_count(now, "count"));
    return object;
}

static const char came[] = "came", went[] = "went", stayed[] = "stayed";
static const char *const whats[] = { came, went, stayed };

/* Adds the findings of one result that the other has, or has not. */
static void add_findings(json_t **list, const json_t *before, const json_t *after,
                         const char *what)
{
    const json_t *of = what == went ? before : after, *other = what == went ? after : before, *one;
    size_t i;
    json_array_foreach(json_object_get(of, "findings"), i, one) {
        const json_t *like = finding_like(other, one);
        if ((like != NULL) == (what == stayed))
            member_append(list, finding_compared(what == went ? one : like,
                                                 what == went ? NULL : one, what));
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

static json_t *run_json(const json_t *result)
{
    static const char *const same[] = { "workload", "environment", "seed", "started", "verdict",
                                        NULL };
    json_t *object = json_object();
    member_copy(&object, result, same);
    member_set(&object, "complete",
               json_boolean(!json_is_false(json_object_get(result, "complete"))));
    return object;
}

static size_t count(const json_t *findings, const char *what)
{
    const json_t *one;
    size_t i, n = 0;
    json_array_foreach(findings, i, one)
        n += member_is(one, "what", what);
    return n;
}

/* What the head of a page says: the verdict of the run now, and how many findings changed. */
static void set_head(json_t **comparison, const json_t *after, const json_t *findings)
{
    static const char *const same[] = { "version", "environment", "verdict", NULL };
    char text[128];
    member_copy(comparison, after, same);
    snprintf(text, sizeof text, "findings: %zu came, %zu went, %zu stayed", count(findings, came),
             count(findings, went), count(findings, stayed));
    member_text(comparison, "reason", text);
}

json_t *compare_results(const json_t *before, const json_t *after)
{
    json_t *comparison = json_object(), *runs = json_array(), *findings = json_array();
    member_append(&runs, run_json(before));
    member_append(&runs, run_json(after));
    for (size_t i = 0; i < sizeof whats / sizeof *whats; i++)
        add_findings(&findings, before, after, whats[i]);
    member_count(&comparison, "schema", COMPARE_SCHEMA);
    member_text(&comparison, "command", "compare");
    set_head(&comparison, after, findings);
    member_set(&comparison, "runs", runs);
    member_set(&comparison, "types", types_json(before, after));
    member_set(&comparison, "findings", findings);
    return comparison;
}

bool compare_is(const json_t *result)
{
    return member_is(result, "command", "compare");
}

static const json_t *run_of(const json_t *comparison, size_t which)
{
    return json_array_get(json_object_get(comparison, "runs"), which);
}

const char *compare_warning(const json_t *comparison, size_t i)
{
    const json_t *before = run_of(comparison, 0), *now = run_of(comparison, 1);
    char workloads[2][TITLE];
    const char *warnings[2];
    size_t n = 0;
    if (strcmp(member_get_text(before, "workload", "", workloads[0], TITLE),
               member_get_text(now, "workload", "", workloads[1], TITLE)) != 0)
        warnings[n++] = "these are different workloads";
    if (json_is_false(json_object_get(before, "complete")) ||
        json_is_false(json_object_get(now, "complete")))
        warnings[n++] = "at least one of them is incomplete: it has fewer operations and findings";
    return i < n ? warnings[i] : NULL;
}

/* ---- text -------------------------------------------------------------------------------- */

static const struct measure *measure_of(const json_t *row)
{
    char key[NAME];
    size_t i = 0;
    member_get_text(row, "measure", "", key, sizeof key);
    while (i + 1 < MEASURES && strcmp(measures[i].key, key) != 0)
        i++;
    return &measures[i];
}

const char *compare_value(const json_t *measure, const char *key, char *to, size_t size)
{
    double value = member_get_real(measure, key);
    if (value <= 0)
        snprintf(to, size, "-");
    else if (measure_of(measure)->latency)
        text_format_duration((uint64_t)value, to, size);
    else
        snprintf(to, size, "%.*f", value < 100 ? 1 : 0, value);
    return to;
}

const char *compare_change(const json_t *measure, char *to, size_t size)
{
    to[0] = '\0';
    if (json_is_number(json_object_get(measure, "change_percent")))
        snprintf(to, size, "%+.1f %%", member_get_real(measure, "change_percent"));
    return to;
}

static void print_run(FILE *out, const char *what, const json_t *run)
{
    char workload[TITLE], seed[NAME], started[NAME], verdict[NAME];
    fprintf(out, "%s %s  seed %s  started %s  verdict %s\n", what,
            member_get_text(run, "workload", "?", workload, sizeof workload),
            member_get_text(run, "seed", "?", seed, sizeof seed),
            member_get_text(run, "started", "?", started, sizeof started),
            member_get_text(run, "verdict", "none yet", verdict, sizeof verdict));
}

static void print_types(FILE *out, const json_t *comparison)
{
    const json_t *type, *row;
    char name[NAME], texts[3][NAME];
    size_t i, k;
    fprintf(out, "\n  %-*s %-6s %12s %12s %11s\n", NAME_WIDTH, "actors", "", "before", "now",
            "change");
    json_array_foreach(json_object_get(comparison, "types"), i, type)
        json_array_foreach(json_object_get(type, "measures"), k, row) {
            fprintf(out, "  %-*s %-6s %12s %12s", NAME_WIDTH,
                    k == 0 ? member_get_text(type, "name", "?", name, sizeof name) : "",
                    measure_of(row)->title, compare_value(row, "before", texts[0], NAME),
                    compare_value(row, "now", texts[1], NAME));
            if (*compare_change(row, texts[2], NAME))
                fprintf(out, " %11s", texts[2]);
            fputc('\n', out);
        }
}

static void print_finding(FILE *out, const json_t *finding)
{
    char kind[NAME], title[TITLE];
    uint64_t before = member_get_count(finding, "before");
    const char *key = member_is(finding, "what", went) ? "before" : "now";
    fprintf(out, "  %" PRIu64 "x ", member_get_count(finding, key));
    if (member_is(finding, "what", stayed))
        fprintf(out, "(before %" PRIu64 "x) ", before);
    fprintf(out, "%s: %s\n", member_get_text(finding, "kind", "?", kind, sizeof kind),
            member_get_text(finding, "title", "", title, sizeof title));
}

static void print_findings(FILE *out, const json_t *findings, const char *what)
{
    const json_t *one;
    size_t i, n = count(findings, what);
    if (n > 0)
        fprintf(out, "\nfindings that %s: %zu\n", what, n);
    json_array_foreach(findings, i, one)
        if (member_is(one, "what", what))
            print_finding(out, one);
}

void compare_text(FILE *out, const json_t *comparison)
{
    const json_t *findings = json_object_get(comparison, "findings");
    const char *warning;
    print_run(out, "before:", run_of(comparison, 0));
    print_run(out, "now:   ", run_of(comparison, 1));
    for (size_t i = 0; (warning = compare_warning(comparison, i)); i++)
        fprintf(out, "%s\n", warning);
    print_types(out, comparison);
    for (size_t i = 0; i < sizeof whats / sizeof *whats; i++)
        print_findings(out, findings, whats[i]);
    if (json_array_size(findings) == 0)
        fputs("\nfindings: none, before and now\n", out);
}

/* ---- TAP and JUnit ------------------------------------------------------------------------- */

static void add_measure(struct cases *cases, const char *type, const json_t *measure)
{
    char name[2 * NAME], message[4 * NAME], texts[3][NAME];
    snprintf(name, sizeof name, "%s %s", type, measure_of(measure)->title);
    compare_change(measure, texts[2], NAME);
    snprintf(message, sizeof message, "before %s, now %s%s%s",
             compare_value(measure, "before", texts[0], NAME),
             compare_value(measure, "now", texts[1], NAME), *texts[2] ? ": " : "", texts[2]);
    cases_add(cases, name, "rates", 0, CASES_PASSED, message, NULL);
}

/* What stayed is neither good nor new. */
static void add_finding(struct cases *cases, const json_t *finding)
{
    char kind[NAME], title[TITLE], name[TITLE + NAME + 2], message[3 * NAME];
    bool new = member_is(finding, "what", came) && !finding_is_known(finding);
    bool has_gone = member_is(finding, "what", went);
    snprintf(name, sizeof name, "%s: %s",
             member_get_text(finding, "kind", "?", kind, sizeof kind),
             member_get_text(finding, "title", "", title, sizeof title));
    snprintf(message, sizeof message, "it %s: before %" PRIu64 "x, now %" PRIu64 "x",
             member_is(finding, "what", came) ? came : has_gone ? went : stayed,
             member_get_count(finding, "before"), member_get_count(finding, "now"));
    cases_add(cases, name, "findings", 0,
              new ? CASES_FAILED : has_gone ? CASES_PASSED : CASES_SKIPPED, message, NULL);
}

void compare_cases(struct cases *cases, const json_t *comparison)
{
    const json_t *type, *one;
    const char *warning;
    char text[TITLE];
    size_t i, k;
    cases_init(cases, member_get_text(run_of(comparison, 1), "workload", "stress", text,
                                      sizeof text),
               member_get_instant(run_of(comparison, 1), "started"));
    for (i = 0; (warning = compare_warning(comparison, i)); i++)
        cases_add(cases, "can be compared", "runs", 0, CASES_SKIPPED, warning, NULL);
    json_array_foreach(json_object_get(comparison, "types"), i, type)
        json_array_foreach(json_object_get(type, "measures"), k, one)
            add_measure(cases, member_get_text(type, "name", "?", text, sizeof text), one);
    json_array_foreach(json_object_get(comparison, "findings"), i, one)
        add_finding(cases, one);
}
