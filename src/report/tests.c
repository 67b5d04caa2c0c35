/* SPDX-License-Identifier: MIT
 * tests.c: see tests.h.
 */
#include "report/tests.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "record/record.h"

enum { NAME = 96, REASON = 600 };

/* In the order of severity: what is not known comes last. */
static const struct {
    const char *verdict, *line, *sum;
    enum cases_verdict as;
} verdicts[] = {
    { "passed", "ok", "passed", CASES_PASSED },
    { "failed", "not ok", "failed", CASES_FAILED },
    { "error", "not ok", "errors", CASES_ERROR },
    { "skipped", "skip", "skipped", CASES_SKIPPED },
    { "untried", "not started", "not started", CASES_ERROR },
};
enum { VERDICTS = sizeof verdicts / sizeof *verdicts, ALWAYS = 2 /* sums that are always said */ };

static unsigned verdict_of(const json_t *one)
{
    char text[NAME];
    unsigned i = 0;
    member_get_text(one, "verdict", "", text, sizeof text);
    while (i + 1 < VERDICTS && strcmp(verdicts[i].verdict, text) != 0)
        i++;
    return i;
}

const char *tests_verdict(const json_t *one)
{
    return verdicts[verdict_of(one)].verdict;
}

/* A forged name leads nowhere else. */
int tests_open(int at, const json_t *one)
{
    char name[NAME];
    member_get_text(one, "name", "", name, sizeof name);
    if (*name == '\0' || *name == '.' || strchr(name, '/'))
        return -1;
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool tests_are_matrix(const json_t *result)
{
    return member_is(result, "command", "matrix");
}

bool tests_are(const json_t *result)
{
    return member_is(result, "command", "suite") || tests_are_matrix(result);
}

const char *tests_subject(const json_t *result)
{
    return member_is(result, "command", "suite") ? "suite" : "workload";
}

int tests_check(const json_t *result, struct error *error)
{
    char verdict[NAME];
    const json_t *cases = json_object_get(result, "cases");
    json_int_t status = json_integer_value(json_object_get(result, "exit_status"));
    member_get_text(result, "verdict", "", verdict, sizeof verdict);
    if (!json_is_array(cases))
        return error_set(error, 0, "'cases' is not a list");
    if (status < 0 || status > 255 ||
        strcmp(record_verdict_text(record_verdict_of_status((int)status)), verdict) != 0)
        return error_set(error, 0, "'exit_status' does not go with the verdict '%s'", verdict);
    for (size_t i = 0; i < json_array_size(cases); i++)
        if (strcmp(verdict, "passed") == 0 && verdict_of(json_array_get(cases, i)) != 0 &&
            verdicts[verdict_of(json_array_get(cases, i))].as != CASES_SKIPPED)
            return error_set(error, 0, "a case has not passed, and the verdict is 'passed'");
    return 0;
}

void tests_begin(struct cases *cases, const json_t *result)
{
    char suite[REASON];
    cases_init(cases,
               member_get_text(result, tests_subject(result), "suite", suite, sizeof suite),
               member_get_instant(result, "started"));
}

void tests_add(struct cases *cases, const json_t *one)
{
    char name[NAME], file[REASON], reason[REASON];
    member_get_text(one, "reason", "", reason, sizeof reason);
    if (verdict_of(one) == VERDICTS - 1 && !*reason)
        snprintf(reason, sizeof reason, "the suite was stopped before it");
    cases_add(cases, member_get_text(one, "name", "?", name, sizeof name),
              member_get_text(one, json_object_get(one, "file") ? "file" : "preset", "baseline",
                              file, sizeof file),
              member_get_real(one, "duration_s"), verdicts[verdict_of(one)].as,
              *reason ? reason : NULL, NULL);
}

void tests_sums(FILE *out, const json_t *result)
{
    const json_t *list = json_object_get(result, "cases"), *one;
    size_t sums[VERDICTS] = { 0 }, i;
    json_array_foreach(list, i, one)
        sums[verdict_of(one)]++;
    for (i = 0; i < VERDICTS; i++)
        if (i < ALWAYS || sums[i] > 0)
            fprintf(out, "%s%zu %s", i > 0 ? ", " : "", sums[i], verdicts[i].sum);
}

void tests_text(FILE *out, const json_t *result)
{
    const json_t *list = json_object_get(result, "cases"), *one;
    size_t i;
    char name[NAME], reason[REASON];
    json_array_foreach(list, i, one) {
        unsigned verdict = verdict_of(one);
        if (verdict == 0 && tests_are_matrix(result)) /* its table has said it */
            continue;
        member_get_text(one, "reason", "", reason, sizeof reason);
        fprintf(out, "%s %s%s%s\n", verdicts[verdict].line,
                member_get_text(one, "name", "?", name, sizeof name), *reason ? ": " : "", reason);
    }
    tests_sums(out, result);
    fputc('\n', out);
}
