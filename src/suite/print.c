/* SPDX-License-Identifier: MIT
 * print.c: see print.h.
 */
#include "config.h"

#include "suite/print.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/format.h"
#include "record/record.h"
#include "report/report.h"
#include "rundir/rundir.h"
#include "suite/faults.h"

enum { SUITE_SCHEMA = 1 };

static const struct {
    const char *line, *json;
} verdicts[SUITE_VERDICTS] = {
    [SUITE_UNTRIED] = { "not started", "untried" },
    [SUITE_PASSED] = { "ok", "passed" },
    [SUITE_FAILED] = { "not ok", "failed" },
    [SUITE_SKIPPED] = { "skip", "skipped" },
    [SUITE_ERROR] = { "not ok", "error" },
};

/* ---- while it runs ----------------------------------------------------------------------- */

/* With --format, standard output has only the document. */
static FILE *lines_to(const struct suite *suite)
{
    return suite->options->format == OPTIONS_TEXT ? stdout : stderr;
}

/* The moving line is due at once after a case's line. */
void suite_show(struct suite *suite)
{
    char line[256] = "";
    if (!ticker_due(&suite->ticker) && (suite->ticker.is_up || !suite->ticker.terminal))
        return;
    FILE *out = fmemopen(line, sizeof line - 1, "w");
    if (!out)
        return;
    fprintf(out, "%zu of %zu cases:", suite->n - suite->totals[SUITE_UNTRIED], suite->n);
    for (size_t i = 0, shown = 0; i < suite->n && shown < 2; i++)
        if (suite->cases[i].job.pid > 0) {
            fprintf(out, " %s (%d s)", suite->cases[i].name,
                    (int)((clock_now() - suite->cases[i].started_ns) / CLOCK_SECOND));
            shown++;
        }
    fclose(out);
    ticker_draw(&suite->ticker, false, "%s", line);
}

void suite_print_case(struct suite *suite, const struct suite_case *entry)
{
    bool passed = entry->verdict == SUITE_PASSED;
    struct error error; /* said again at the end */
    ticker_clear(&suite->ticker);
    if (suite->options->verbosity < 0 && passed)
        return;
    fprintf(lines_to(suite), "%s %s%s%s\n", verdicts[entry->verdict].line, entry->name,
            passed ? "" : ": ", passed ? "" : entry->reason);
    if (lines_to(suite) == stdout)
        cli_flush(&error);
}

void suite_print_end(const struct suite *suite)
{
    FILE *out = lines_to(suite);
    char text[64];
    if (suite->workload && out == stdout) /* its document has said it */
        return;
    if (cli_stopped())
        fprintf(out, "stopped by signal %d (%s)\n", cli_stopped(), strsignal(cli_stopped()));
    fprintf(out, "%zu passed, %zu failed", suite->totals[SUITE_PASSED],
            suite->totals[SUITE_FAILED]);
    if (suite->totals[SUITE_ERROR] > 0)
        fprintf(out, ", %zu error%s", suite->totals[SUITE_ERROR],
                suite->totals[SUITE_ERROR] == 1 ? "" : "s");
    if (suite->totals[SUITE_SKIPPED] > 0)
        fprintf(out, ", %zu skipped", suite->totals[SUITE_SKIPPED]);
    if (suite->totals[SUITE_UNTRIED] > 0)
        fprintf(out, ", %zu not started", suite->totals[SUITE_UNTRIED]);
    if (shard_is(&suite->options->shard))
        fprintf(out, "; %s, of %zu cases", shard_text(&suite->options->shard, false, text,
                sizeof text), suite->n_whole);
    fputc('\n', out);
}

/* ---- documents --------------------------------------------------------------------------- */

static uint64_t duration(const struct suite_case *entry)
{
    return entry->ended_ns - entry->started_ns;
}

static json_t *case_json(const struct suite_case *entry)
{
    json_t *object = json_object();
    member_text(&object, "name", entry->name);
    if (entry->file) {
        member_text(&object, "file", entry->file);
        member_count(&object, "line", entry->line);
        member_text(&object, "section", entry->section);
        member_count(&object, "number", entry->number);
    }
    member_text(&object, "command", entry->crash ? "crash" : "run");
    member_text(&object, "expect", entry->finding ? "finding" : "clean");
    member_text(&object, "verdict", verdicts[entry->verdict].json);
    member_text(&object, "reason", entry->reason);
    member_set(&object, "exit_status",
               entry->exit_status < 0 ? json_null() : json_integer(entry->exit_status));
    member_seconds(&object, "duration_s", duration(entry));
    if (!entry->file)
        faults_set(&object, entry);
    return object;
}

static void set_identity(const struct suite *suite, json_t **object)
{
    member_count(object, "schema", SUITE_SCHEMA);
    member_text(object, "version", PACKAGE_VERSION);
    member_text(object, "command", suite->workload ? "matrix" : "suite");
    member_text(object, suite->workload ? "workload" : "suite", suite->options->subject);
    origin_set(object, &suite->options->shard, suite->tested);
    if (suite->workload)
        member_hex(object, "seed", suite->seed);
    else
        shard_set_whole(*object, suite->n_whole, suite->whole);
    member_instant(object, "started", (uint64_t)suite->started_unix);
}

void suite_write_start(struct suite *suite)
{
    json_t *fields = json_object();
    set_identity(suite, &fields);
    rundir_event_since(&suite->rundir, suite->started_ns, "start", fields);
}

void suite_write_case(struct suite *suite, const struct suite_case *entry)
{
    rundir_event_since(&suite->rundir, suite->started_ns, "case", case_json(entry));
}

/* If all cases were skipped, the suite has not passed. A share without a case has. */
static bool only_skipped(const struct suite *suite)
{
    return suite->n > 0 && suite->totals[SUITE_SKIPPED] == suite->n;
}

static const char *verdict_text(const struct suite *suite)
{
    return suite->unwritten ? "error"
           : cli_stopped() ? "interrupted" : suite->totals[SUITE_FAILED] > 0 ? "failed"
           : suite->totals[SUITE_ERROR] > 0 || faults_are_missing(suite) ? "error"
           : only_skipped(suite) ? "skipped" : "passed";
}

static json_t *make_result(const struct suite *suite)
{
    json_t *result = json_object(), *cases = json_array();
    set_identity(suite, &result);
    member_text(&result, "verdict", verdict_text(suite));
    member_set(&result, "exit_status", json_integer(suite_exit_status(suite)));
    member_count(&result, "passed", suite->totals[SUITE_PASSED]);
    member_count(&result, "failed", suite->totals[SUITE_FAILED]);
    member_count(&result, "errors", suite->totals[SUITE_ERROR]);
    member_count(&result, "skipped", suite->totals[SUITE_SKIPPED]);
    member_count(&result, "untried", suite->totals[SUITE_UNTRIED]);
    member_seconds(&result, "duration_s", clock_now() - suite->started_ns);
    for (size_t i = 0; i < suite->n; i++)
        member_append(&cases, case_json(&suite->cases[i]));
    member_set(&result, "cases", cases);
    if (faults_are_missing(suite))
        member_text(&result, "reason", "no run has met a fault: check --presets and --only");
    if (suite->workload) {
        member_set(&result, "doubts", doubt_json(&suite->doubts));
        grid_settle(result);
    }
    return result;
}

int suite_write_result(const struct suite *suite, struct error *error)
{
    int at FD_CLEANUP = open(suite->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return error_set(error, errno, "cannot open %.400s", suite->directory);
    json_t *result = make_result(suite);
    int status = rundir_document(at, "result.json", result, error);
    json_decref(result);
    return status;
}

int suite_write_document(const struct suite *suite, struct error *error)
{
    if (suite->options->format == OPTIONS_TEXT && !suite->workload)
        return 0;
    int at FD_CLEANUP = open(suite->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    json_t *result = make_result(suite);
    int status = at < 0 || !result ? -1 : report_write(at, result, suite->options->format);
    json_decref(result);
    if (status == 0 && fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    error_unwritten(error, "the report to standard output");
    return -1;
}

int suite_exit_status(const struct suite *suite)
{
    if (suite->unwritten)
        return CLI_HARNESS;
    if (cli_stopped())
        return CLI_SIGNAL + cli_stopped();
    if (suite->totals[SUITE_FAILED] > 0)
        return CLI_FINDINGS;
    if (suite->totals[SUITE_ERROR] > 0 || faults_are_missing(suite))
        return CLI_HARNESS;
    return only_skipped(suite) ? CLI_SKIPPED : CLI_PASSED;
}
