/* SPDX-License-Identifier: MIT
 * judge.c: decides the verdict of a case from its exit status and its result.json, which must
 * agree, and from what the suite file expects. No system calls.
 */
#include "suite/judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "doubt/doubt.h"
#include "format/format.h"
#include "record/record.h"
#include "wire/wire.h"

/* Counts from result.json. */
struct tally {
    uint64_t findings, wanted; /* not known; those of the expected kinds */
    uint64_t points, broken;   /* tried; those with a finding */
    uint64_t untold;           /* points without a verdict */
    char untold_as[32];        /* what result.json says of the first of these */
    char first[256];           /* the first finding: "kind: title" */
};

struct judge {
    const struct suite_case *entry;
    const struct suite_outcome *outcome;
    char *reason;
    size_t size;
};

static enum suite_verdict conclude(const struct judge *judge, enum suite_verdict verdict,
                                   const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum suite_verdict conclude(const struct judge *judge, enum suite_verdict verdict,
                                   const char *format, ...)
{
    char text[2 * SUITE_REASON];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    text_copy(judge->reason, judge->size, text);
    return verdict;
}

#define fail(judge, ...) conclude(judge, SUITE_FAILED, __VA_ARGS__)

/* ---- the report -------------------------------------------------------------------------- */

/* A failed hook is an expected finding only if the file names that kind: otherwise a setup that
 * cannot run would be taken for the bug. */
static bool is_wanted(const struct suite_case *entry, const char *kind)
{
    uint32_t kinds = entry->kinds ? entry->kinds : ~(UINT32_C(1) << FINDING_ENVIRONMENT);
    for (uint32_t i = 0; i < FINDING_KINDS; i++)
        if (strcmp(wire_finding_kind_name((enum wire_finding_kind)i), kind) == 0)
            return (kinds & UINT32_C(1) << i) != 0;
    return false;
}

static void count_findings(const struct suite_case *entry, const json_t *findings,
                           struct tally *tally)
{
    size_t i;
    json_t *finding;
    json_array_foreach(findings, i, finding) {
        char kind[32], title[200];
        member_get_text(finding, "kind", "?", kind, sizeof kind);
        member_get_text(finding, "title", "", title, sizeof title);
        if (finding_is_known(finding))
            continue;
        if (tally->findings++ == 0)
            snprintf(tally->first, sizeof tally->first, "%s: %s", kind, title);
        if (is_wanted(entry, kind)) /* an enumeration has one entry for all like it */
            tally->wanted += entry->crash ? member_get_count(finding, "count") : 1;
    }
}

/* The verdict of an untested point is the name of the doubt. */
static bool is_accepted(const struct suite_case *entry, const char *verdict)
{
    enum doubt_kind kind;
    return doubt_parse(verdict, &kind) && (entry->accepted >> kind & 1);
}

/* Whether the finding of a point is known. */
static bool is_known_point(const json_t *point, const json_t *findings)
{
    const json_t *finding;
    uint64_t id = member_get_count(point, "finding");
    size_t i;
    json_array_foreach(findings, i, finding)
        if (id > 0 && member_get_count(finding, "id") == id)
            return finding_is_known(finding);
    return false;
}

/* A point has consecutive entries, one for each fault. Entries with a second crash, inside the
 * reset, belong to the same point. */
static void count_points(const struct suite_case *entry, const json_t *points,
                         const json_t *findings, struct tally *tally)
{
    size_t i;
    json_t *point;
    const json_t *before = NULL;
    json_array_foreach(points, i, point) {
        char verdict[32];
        const json_t *address = json_object_get(point, "address");
        member_get_text(point, "verdict", "?", verdict, sizeof verdict);
        bool found = strcmp(verdict, "finding") == 0;
        tally->broken += found && !is_known_point(point, findings);
        if (!found && strcmp(verdict, "ok") != 0 && !is_accepted(entry, verdict) &&
            tally->untold++ == 0)
            snprintf(tally->untold_as, sizeof tally->untold_as, "%s", verdict);
        if (!json_object_get(point, "recovery") && !(before && json_equal(address, before)))
            tally->points++;
        before = address;
    }
}

/* ---- the judgements, in their order ------------------------------------------------------ */

/* Exit statuses that say nothing about the workload. */
static enum suite_verdict judge_end(const struct judge *judge)
{
    int status = judge->outcome->status;
    const char *said = judge->outcome->said;
    const char *colon = *said ? ": " : "";
    char limit[32];
    if (judge->entry->job.late)
        return fail(judge, "its time limit of %s was reached",
                    text_format_duration(judge->entry->time_limit_ns, limit, sizeof limit));
    if (judge->entry->job.stopped)
        return fail(judge, "it was stopped with the suite");
    if (WIFSIGNALED(status))
        return conclude(judge, SUITE_ERROR, "killed by signal %d (%s)", WTERMSIG(status),
                        strsignal(WTERMSIG(status)));
    switch (WEXITSTATUS(status)) {
    case CLI_PASSED:
    case CLI_FINDINGS:
    case CLI_SKIPPED:
        return SUITE_UNTRIED;
    case CLI_USAGE:
        return fail(judge, "wrong usage, nothing was started%s%s", colon, said);
    case CLI_HARNESS:
        return conclude(judge, SUITE_ERROR, "%s", *said ? said : "the harness failed");
    default: /* a signal ended it, or it could not be executed or loaded */
        return conclude(judge, SUITE_ERROR, "exit status %d%s%s", WEXITSTATUS(status), colon,
                        said);
    }
}

/* If exit status and report disagree, neither can be trusted. */
static enum suite_verdict judge_honesty(const struct judge *judge, const struct tally *tally)
{
    const json_t *result = judge->outcome->result;
    int status = WEXITSTATUS(judge->outcome->status);
    const char *wanted = record_verdict_text(record_verdict_of_status(status));
    char verdict[32];
    member_get_text(result, "verdict", "nothing", verdict, sizeof verdict);
    if (strcmp(verdict, wanted) != 0)
        return fail(judge, "exit status %d, but result.json says %s", status, verdict);
    if (status == CLI_SKIPPED)
        return SUITE_UNTRIED;
    if (!json_is_array(json_object_get(result, "findings")) ||
        !json_is_object(json_object_get(result, "operations")) ||
        (judge->entry->crash && !json_is_array(json_object_get(result, "points"))))
        return fail(judge, "result.json lacks findings, operations or points");
    if (judge->entry->crash && status == CLI_FINDINGS &&
        json_array_size(json_object_get(result, "points")) == 0)
        return fail(judge, "no point was tried: %s", judge->outcome->said);
    if ((tally->findings > 0) != (status == CLI_FINDINGS) ||
        (judge->entry->crash && (tally->broken > 0) != (status == CLI_FINDINGS)))
        return fail(judge, "exit status %d, but result.json has %" PRIu64 " findings at %" PRIu64
                    " points", status, tally->findings, tally->broken);
    return SUITE_UNTRIED;
}

/* A run that has doubts passes and prints them. In a suite they would be overlooked, so the suite
 * file must accept them. An enumeration judges its own doubts. */
static enum suite_verdict judge_doubts(const struct judge *judge)
{
    char line[SUITE_REASON];
    struct doubts doubts = { 0 };
    doubt_add(&doubts, json_object_get(judge->outcome->result, "doubts"));
    if (judge->entry->crash || judge->entry->finding ||
        !doubt_matters(&doubts, judge->entry->accepted))
        return SUITE_PASSED;
    return conclude(judge, SUITE_ERROR, "not passed, because of doubts: %s",
                    doubt_line(&doubts, judge->entry->accepted, line, sizeof line));
}

static enum suite_verdict judge_expectation(const struct judge *judge, const struct tally *tally)
{
    const struct suite_case *entry = judge->entry;
    const json_t *operations = json_object_get(judge->outcome->result, "operations");
    uint64_t counted = member_get_count(operations, "counted");
    if (tally->untold > 0)
        return fail(judge, "%" PRIu64 " points are %s: they were not tested", tally->untold,
                    tally->untold_as);
    if (!entry->finding && tally->findings > 0)
        return fail(judge, "%" PRIu64 " findings, expected none; the first: %s", tally->findings,
                    tally->first);
    if (entry->finding && tally->findings == 0)
        return fail(judge, "nothing was found, expected a finding");
    if (entry->finding && tally->wanted == 0)
        return fail(judge, "no finding of the kinds expected; the first: %s", tally->first);
    if (entry->finding && entry->kinds == 0 && counted == 0)
        return fail(judge, "no operation succeeded, so the finding may come from setup: name its "
                    "kind in kinds; the first: %s", tally->first);
    if (counted < entry->operations)
        return fail(judge, "%" PRIu64 " operations, expected at least %" PRIu64, counted,
                    entry->operations);
    if (tally->points < entry->points)
        return fail(judge, "%" PRIu64 " points, expected at least %" PRIu64, tally->points,
                    entry->points);
    if (tally->wanted < entry->findings)
        return fail(judge, "%" PRIu64 " findings of these kinds, expected at least %" PRIu64,
                    tally->wanted, entry->findings);
    return judge_doubts(judge);
}

enum suite_verdict suite_judge(const struct suite_case *entry, const struct suite_outcome *outcome,
                               char *reason, size_t size)
{
    struct judge judge = { entry, outcome, reason, size };
    struct tally tally = { 0 };
    enum suite_verdict verdict = judge_end(&judge);
    if (verdict != SUITE_UNTRIED)
        return verdict;
    bool skipped = WEXITSTATUS(outcome->status) == CLI_SKIPPED;
    if (!json_is_object(outcome->result) && skipped && entry->vm)
        return conclude(&judge, SUITE_SKIPPED, "%s", outcome->said); /* no QEMU, or no kernel */
    if (!json_is_object(outcome->result))
        return conclude(&judge, SUITE_ERROR,
                        "exit status %d, but no result.json that can be read%s%s",
                        WEXITSTATUS(outcome->status), *outcome->said ? ": " : "", outcome->said);
    count_findings(entry, json_object_get(outcome->result, "findings"), &tally);
    count_points(entry, json_object_get(outcome->result, "points"),
                 json_object_get(outcome->result, "findings"), &tally);
    verdict = judge_honesty(&judge, &tally);
    if (verdict != SUITE_UNTRIED)
        return verdict;
    if (!skipped)
        return judge_expectation(&judge, &tally);
    member_get_text(outcome->result, "reason", "the workload cannot run here", reason, size);
    return SUITE_SKIPPED;
}
