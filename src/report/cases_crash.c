/* SPDX-License-Identifier: MIT
 * cases_crash.c: see cases_crash.h.
 */
#include "report/cases_crash.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "report/enumeration.h"
#include "report/story.h"

enum { NAME = 64, CLASS = 160, POINT = ENUMERATION_TEXT + NAME, SHOWN = 20 /* points */ };

static const char *class_of(const json_t *address, const char *class, char to[CLASS])
{
    char call[NAME];
    snprintf(to, CLASS, "%s.%s", class, member_get_text(address, "call", "?", call, sizeof call));
    return to;
}

/* A point and a fault. */
static const char *name_of(const json_t *point, char to[POINT])
{
    char where[ENUMERATION_TEXT], fault[NAME];
    snprintf(to, POINT, "%s, %s", enumeration_point(point, where, sizeof where),
             member_get_text(point, "fault", "?", fault, sizeof fault));
    return to;
}

/* ---- findings ----------------------------------------------------------------------------- */

/* Prints the points of a finding, each once. */
static void print_points(FILE *out, const json_t *points, uint64_t id)
{
    struct names names = { .n = 0 };
    char name[POINT];
    for (size_t i = 0; i < json_array_size(points); i++)
        if (id > 0 && member_get_count(json_array_get(points, i), "finding") == id)
            names_add(&names, name_of(json_array_get(points, i), name));
    fputs(names.n > 0 ? "\npoints:\n" : "", out);
    for (uint32_t i = 0; i < names.n && i < SHOWN; i++)
        fprintf(out, "%s\n", names.name[i]);
    if (names.n > SHOWN)
        fprintf(out, "... and %" PRIu32 " more\n", names.n - SHOWN);
    names_free(&names);
}

/* Returns the story of a finding, which the caller frees. NULL: no memory. */
static char *details_of(const json_t *finding, const char *headline, const json_t *points)
{
    char *text = NULL, line[ENUMERATION_TEXT];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const char *command = json_string_value(json_object_get(finding, "reproduce"));
    if (!out)
        return NULL;
    fprintf(out, "%s\n", headline);
    if (*enumeration_models(json_object_get(finding, "models"), line, sizeof line))
        fprintf(out, "models: %s\n", line);
    if (*enumeration_stack(finding, "lost", line, sizeof line))
        fprintf(out, "lost step: %s\n", line);
    if (*enumeration_stack(finding, "kept", line, sizeof line))
        fprintf(out, "kept step: %s\n", line);
    if (*enumeration_repair(finding, line, sizeof line))
        fprintf(out, "repair: %s\n", line);
    if (*member_get_text(finding, "directory", "", line, sizeof line))
        fprintf(out, "%s\n", line);
    print_points(out, points, member_get_count(finding, "id"));
    if (command)
        fprintf(out, "\nto see it again:\n%s\n", command);
    return fclose(out) == 0 ? text : NULL;
}

static void add_finding(struct cases *cases, const json_t *finding, const json_t *points,
                        const char *class)
{
    char headline[ENUMERATION_TEXT], kind[NAME], title[ENUMERATION_TEXT], own[CLASS];
    char reason[ENUMERATION_TEXT], message[2 * ENUMERATION_TEXT + 2 * NAME];
    uint64_t count = enumeration_count(finding);
    bool known = finding_is_known(finding);
    enumeration_headline(finding, headline, sizeof headline);
    member_get_text(json_object_get(finding, "known"), "reason", "", reason, sizeof reason);
    snprintf(message, sizeof message, "%s%s%s: %s (%" PRIu64 " time%s)", reason,
             known ? ": " : "", member_get_text(finding, "kind", "?", kind, sizeof kind),
             member_get_text(finding, "title", "", title, sizeof title), count,
             count == 1 ? "" : "s");
    char *details = details_of(finding, headline, points);
    if (!details)
        cases->failed = true;
    else
        cases_add(cases, *headline ? headline : message,
                  class_of(json_object_get(finding, "first"), class, own), 0,
                  known ? CASES_SKIPPED : CASES_FAILED, message, details);
    free(details);
}

/* ---- points ------------------------------------------------------------------------------- */

/* What became of the states of a point and a fault: the worst comes last. */
enum outcome { OUTCOME_OK, OUTCOME_UNTRIED, OUTCOME_NOT_REACHED, OUTCOME_ERROR, OUTCOME_FINDING,
               OUTCOMES };
static const struct {
    const char *verdict, *message;
    enum cases_verdict as;
} outcomes[OUTCOMES] = {
    [OUTCOME_OK] = { "ok", NULL, CASES_PASSED },
    [OUTCOME_UNTRIED] = { "untried", "not tried", CASES_SKIPPED },
    [OUTCOME_NOT_REACHED] = { "not-reached", "not reached again", CASES_SKIPPED },
    [OUTCOME_ERROR] = { "error", "the harness failed", CASES_ERROR },
    [OUTCOME_FINDING] = { "finding", NULL, CASES_FAILED },
};

struct point {
    const json_t *first;
    enum outcome outcome;
};

/* A verdict that is not known did not test anything. */
static enum outcome outcome_of(const json_t *point)
{
    char verdict[NAME];
    member_get_text(point, "verdict", "", verdict, sizeof verdict);
    for (int i = 0; i < OUTCOMES; i++)
        if (strcmp(verdict, outcomes[i].verdict) == 0)
            return (enum outcome)i;
    return OUTCOME_ERROR;
}

static void add_point(struct cases *cases, const char *name, const struct point *point,
                      const char *class)
{
    char own[CLASS], title[ENUMERATION_TEXT];
    const char *message = outcomes[point->outcome].message;
    if (point->outcome == OUTCOME_FINDING) /* its finding is a case */
        return;
    if (*member_get_text(point->first, "title", "", title, sizeof title))
        message = title;
    cases_add(cases, name, class_of(json_object_get(point->first, "address"), class, own), 0,
              outcomes[point->outcome].as, message, NULL);
}

/* Sums up the states of each point and fault. Returns how many there are, or -1: no memory. */
static int64_t sum_up(const json_t *points, struct names *names, struct point *sums)
{
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *point = json_array_get(points, i);
        char name[POINT];
        uint32_t before = names->n, number = names_add(names, name_of(point, name));
        enum outcome outcome = outcome_of(point);
        if (number == NAMES_NONE)
            return -1;
        if (number == before || outcome > sums[number].outcome)
            sums[number] = (struct point){ point, outcome };
    }
    return names->n;
}

void report_cases_crash(struct cases *cases, const json_t *result, const char *class)
{
    const json_t *points = json_object_get(result, "points");
    struct point *sums = calloc(json_array_size(points) + 1, sizeof *sums);
    struct names names = { .n = 0 };
    size_t n;
    const json_t **findings = report_sorted_findings(result, &n);
    for (size_t i = 0; i < n; i++)
        add_finding(cases, findings[i], points, class);
    int64_t known = sums ? sum_up(points, &names, sums) : -1;
    cases->failed |= known < 0 || !findings;
    for (int64_t i = 0; i < known; i++)
        add_point(cases, names.name[i], &sums[i], class);
    names_free(&names);
    free(findings);
    free(sums);
}
