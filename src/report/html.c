/* SPDX-License-Identifier: MIT
 * html.c: see html.h.
 */
#include "report/html.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "report/compare.h"
#include "report/enumeration.h"
#include "report/html_charts.h"
#include "report/html_compare.h"
#include "report/html_crash.h"
#include "report/html_findings.h"
#include "report/html_matrix.h"
#include "report/html_style.h"
#include "report/html_tables.h"
#include "report/html_tests.h"
#include "report/tests.h"
#include "report/text.h"
#include "report/timeline.h"

static const char *string(const json_t *object, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text != '\0' ? text : fallback;
}

static void fact(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<div><dt>%s</dt><dd>", name);
    markup_line(out, text);
    fputs("</dd></div>\n", out);
}

static void operations(FILE *out, const json_t *result)
{
    char text[256];
    fact(out, "operations",
         report_outcomes(json_object_get(result, "operations"), text, sizeof text));
}

static void resets(FILE *out, const json_t *result)
{
    char text[160], in_all[32], longest[32];
    const json_t *time = json_object_get(result, "reset_time");
    snprintf(text, sizeof text, "%" PRIu64 " in %" PRIu64 " generations; %s in all, longest %s",
             member_get_count(result, "resets"), member_get_count(result, "generations"),
             text_format_seconds(member_get_real(time, "total_s"), in_all, sizeof in_all),
             text_format_seconds(member_get_real(time, "max_s"), longest, sizeof longest));
    fact(out, "resets", text);
    if (member_get_count(result, "supervisors") > 1) {
        snprintf(text, sizeof text, "%" PRIu64, member_get_count(result, "supervisors"));
        fact(out, "supervisors started", text);
    }
}

static void crash_points(FILE *out, const json_t *result)
{
    char text[ENUMERATION_TEXT];
    fact(out, "crash points", enumeration_method(result, text, sizeof text));
    if (*enumeration_models(json_object_get(result, "models"), text, sizeof text))
        fact(out, "models", text);
}

/* Which share it is, or of how many it was merged. */
static void shards(FILE *out, const json_t *result)
{
    const json_t *shard = json_object_get(result, "shard");
    const json_t *fleet = json_object_get(result, "fleet");
    char text[96];
    snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64,
             shard ? member_get_count(shard, "number") : member_get_count(fleet, "complete"),
             member_get_count(shard ? shard : fleet, shard ? "count" : "shards"));
    if (shard || fleet)
        fact(out, shard ? "shard" : "shards merged", text);
}

static void facts(FILE *out, const json_t *result)
{
    char text[32];
    bool crash = enumeration_is(result);
    fputs("<dl>\n", out);
    shards(out, result);
    if (tests_are(result)) {
        fact(out, tests_subject(result), string(result, tests_subject(result), "?"));
        fact(out, "started", string(result, "started", "not recorded"));
        fact(out, "duration",
             text_format_seconds(member_get_real(result, "duration_s"), text, sizeof text));
        fputs("</dl>\n", out);
        return;
    }
    fact(out, "workload", string(result, "workload", "?"));
    fact(out, "environment", string(result, "environment", "?"));
    fact(out, "seed", string(result, "seed", "?"));
    fact(out, "started", string(result, "started", "not recorded"));
    fact(out, crash ? "duration without faults" : "duration",
         text_format_seconds(member_get_real(result, "duration_s"), text, sizeof text));
    operations(out, result);
    if (crash)
        crash_points(out, result);
    else
        resets(out, result);
    fputs("</dl>\n", out);
}

/* Only a known verdict becomes a class: the file may be forged. */
static const char *class_of(const char *verdict)
{
    static const char *const known[] = { "passed", "failed", "error" };
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(verdict, known[i]) == 0)
            return known[i];
    return "";
}

static void head(FILE *out, const json_t *result)
{
    const char *verdict = string(result, "verdict", "none yet");
    const char *named = tests_are(result) ? tests_subject(result) : "environment";
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" "
          "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>", out);
    markup_line(out, string(result, named, "run"));
    fputs(": ", out);
    markup_line(out, verdict);
    fprintf(out, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<h1>", report_html_style,
            enumeration_is(result) || tests_are(result) ? report_html_crash_style : "");
    markup_line(out, string(result, named, "run"));
    fprintf(out, "</h1>\n<p class=\"verdict %s\"><b>", class_of(verdict));
    markup_line(out, verdict);
    fputs("</b> ", out);
    if (tests_are(result))
        tests_sums(out, result);
    else
        markup_line(out, string(result, "reason", ""));
    fputs("</p>\n", out);
}

static void run(FILE *out, int at, const json_t *result)
{
    struct timeline timeline;
    timeline_load(&timeline, at, result);
    report_html_charts(out, result, &timeline);
    report_html_findings(out, at, result, "");
    report_html_tables(out, result);
    timeline_free(&timeline);
}

int report_html(FILE *out, int at, const json_t *result)
{
    head(out, result);
    if (compare_is(result))
        report_html_compare(out, result);
    else
        facts(out, result);
    if (tests_are_matrix(result))
        report_html_matrix(out, result);
    if (tests_are(result))
        report_html_tests(out, at, result);
    else if (enumeration_is(result))
        report_html_crash(out, result, "");
    else if (!compare_is(result))
        run(out, at, result);
    fputs("<footer>stress-supervisor ", out);
    markup_line(out, string(result, "version", "?"));
    fputs("</footer>\n</body>\n</html>\n", out);
    return ferror(out) ? -1 : 0;
}
