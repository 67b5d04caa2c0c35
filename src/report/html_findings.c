/* SPDX-License-Identifier: MIT
 * html_findings.c: see html_findings.h.
 */
#include "report/html_findings.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/base.h"
#include "format/format.h"
#include "report/html_story.h"
#include "report/story.h"
#include "report/why.h"

/* The most findings with a story, stories that are open, and findings behind them in a table. */
enum { STORIES = 100, UNFOLDED = 3, ROWS = 1000 };

static const char *string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void seconds(FILE *out, const json_t *object, const char *key)
{
    char text[32];
    fputs(text_format_seconds(member_get_real(object, key), text, sizeof text), out);
}

/* Of merged shards: where it was. */
static void machine(FILE *out, const json_t *end)
{
    if (!json_object_get(end, "shard"))
        return;
    fputs(" on ", out);
    markup_line(out, string(end, "machine"));
    fprintf(out, " (shard %" PRIu64 ")", member_get_count(end, "shard"));
}

static void occurrences(FILE *out, const json_t *finding)
{
    const json_t *first = json_object_get(finding, "first");
    const json_t *last = json_object_get(finding, "last");
    const char *actor = string(finding, "actor"), *action = string(finding, "action");
    fprintf(out, "<p class=\"note\">#%" PRIu64 " · ", member_get_count(finding, "id"));
    markup_line(out, actor && *actor ? actor : "environment");
    if (action && *action) {
        fputs(", action ", out);
        markup_line(out, action);
    }
    fprintf(out, " · first in generation %" PRIu64 " at ", member_get_count(first, "generation"));
    seconds(out, first, "time_s");
    if (json_is_integer(json_object_get(first, "operation")))
        fprintf(out, ", operation %" PRIu64, member_get_count(first, "operation"));
    machine(out, first);
    if (last && member_get_count(finding, "count") > 1) {
        fprintf(out, " · last in generation %" PRIu64 " at ",
                member_get_count(last, "generation"));
        seconds(out, last, "time_s");
        machine(out, last);
    }
    fputs("</p>\n", out);
}

static void known(FILE *out, const json_t *why)
{
    if (!json_is_object(why))
        return;
    fputs("<p><b>known</b> since ", out);
    markup_line(out, string(why, "since"));
    fputs(": ", out);
    markup_line(out, string(why, "reason"));
    fputs("</p>\n", out);
}

static void decisive(FILE *out, const json_t *one, const json_t *story)
{
    char *why = why_text(one, story);
    if (why) {
        fputs("<p class=\"why\">", out);
        markup_line(out, why);
        fputs("</p>\n", out);
    }
    free(why);
}

void report_html_finding_id(FILE *out, const json_t *one, const char *prefix)
{
    fputs(" id=\"", out);
    markup_line(out, prefix);
    fprintf(out, "finding-%" PRIu64 "\"", member_get_count(one, "id"));
}

static void finding(FILE *out, int at, const json_t *one, size_t number, const char *prefix)
{
    struct story story;
    story_load(&story, at, one);
    fputs("<article", out);
    report_html_finding_id(out, one, prefix);
    fprintf(out, ">\n<h3><span class=\"count\">%" PRIu64 "×</span> ",
            member_get_count(one, "count"));
    markup_line(out, string(one, "kind"));
    fputs(": ", out);
    markup_line(out, string(one, "title"));
    fputs("</h3>\n", out);
    decisive(out, one, story.finding);
    known(out, json_object_get(one, "known"));
    occurrences(out, one);
    report_html_story(out, one, &story, number < UNFOLDED);
    if (string(one, "directory")) {
        fputs("<p class=\"note\"><code>", out);
        markup_line(out, string(one, "directory"));
        fputs("</code></p>\n", out);
    }
    fputs("</article>\n", out);
    story_free(&story);
}

static void row(FILE *out, const json_t *one, const char *prefix)
{
    fputs("<tr", out);
    report_html_finding_id(out, one, prefix);
    fprintf(out, "><td class=\"name\">%" PRIu64 "×</td><td>", member_get_count(one, "count"));
    if (json_is_number(json_object_get(json_object_get(one, "first"), "time_s")))
        seconds(out, json_object_get(one, "first"), "time_s");
    fputs("</td><td class=\"text\">", out);
    markup_line(out, string(one, "kind"));
    fputs("</td><td class=\"text\">", out);
    markup_line(out, string(one, "title"));
    fputs("</td></tr>\n", out);
}

void report_html_more_findings(FILE *out, const json_t *const *sorted, size_t n,
                               const char *prefix)
{
    size_t shown = n < ROWS ? n : ROWS;
    fprintf(out, "<p class=\"note\">The most frequent findings have their stories above; the "
                 "run directory has those of all. The next %zu:</p>\n<div class=\"scroll\">"
                 "<table>\n<thead><tr><th class=\"name\">count</th><th>first</th>"
                 "<th class=\"text\">kind</th><th class=\"text\">title</th></tr></thead>\n"
                 "<tbody>\n", shown);
    for (size_t i = 0; i < shown; i++)
        row(out, sorted[i], prefix);
    fputs("</tbody></table></div>\n", out);
    if (n > shown)
        fprintf(out, "<p class=\"note\">... and %zu more, which result.json has.</p>\n",
                n - shown);
}

void report_html_findings(FILE *out, int at, const json_t *result, const char *prefix)
{
    size_t n;
    const json_t **sorted = report_sorted_findings(result, &n);
    if (n > 0)
        fprintf(out, "<h2>Findings: %zu</h2>\n", n);
    for (size_t i = 0; i < n && i < STORIES; i++)
        finding(out, at, sorted[i], i, prefix);
    if (n > STORIES)
        report_html_more_findings(out, sorted + STORIES, n - STORIES, prefix);
    free(sorted);
}
