/* SPDX-License-Identifier: MIT
 * html_tests.c: see html_tests.h.
 */
#include "report/html_tests.h"

#include <fcntl.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "report/enumeration.h"
#include "report/html_crash.h"
#include "report/html_findings.h"
#include "report/html_tables.h"
#include "report/load.h"
#include "report/tests.h"

enum { MOST_PARTS = 200 };

static const char *name_of(const json_t *one)
{
    const char *name = json_string_value(json_object_get(one, "name"));
    return name ? name : "?";
}

static json_t *load_case(int at, const json_t *one, int *ret_own)
{
    struct error ignored;
    json_t *result = NULL;
    bool complete;
    *ret_own = tests_open(at, one);
    if (*ret_own >= 0 && report_load(*ret_own, name_of(one), &result, &complete, &ignored) != 0)
        result = NULL;
    return result;
}

static const char *tone_of(const char *verdict)
{
    return strcmp(verdict, "passed") == 0 ? "good"
           : strcmp(verdict, "failed") == 0 || strcmp(verdict, "error") == 0 ? "bad" : "odd";
}

static void row(FILE *out, const json_t *one, bool has_part)
{
    fputs("<tr><td class=\"text name\">", out);
    if (has_part) {
        fputs("<a href=\"#case-", out);
        markup_line(out, name_of(one));
        fputs("\">", out);
    }
    markup_line(out, name_of(one));
    fprintf(out, "%s</td><td class=\"text cell %s\">%s</td><td>%.1f</td><td class=\"text\">",
            has_part ? "</a>" : "", tone_of(tests_verdict(one)), tests_verdict(one),
            member_get_real(one, "duration_s"));
    markup_line(out, json_string_value(json_object_get(one, "reason")));
    fputs("</td></tr>\n", out);
}

static void part(FILE *out, int own, const json_t *one, const json_t *result)
{
    char prefix[128];
    text_copy(prefix, sizeof prefix, name_of(one));
    fputs("<section id=\"case-", out);
    markup_line(out, prefix);
    fputs("\">\n<h2>", out);
    markup_line(out, prefix);
    fprintf(out, ": %s</h2>\n<p class=\"note\">", tests_verdict(one));
    markup_line(out, json_string_value(json_object_get(one, "reason")));
    fputs(" · log: <code>", out);
    markup_line(out, prefix);
    fputs(".log</code> · run directory: <code>", out);
    markup_line(out, prefix);
    fputs("</code></p>\n", out);
    strcat(prefix, "-");
    if (enumeration_is(result)) {
        report_html_crash(out, result, prefix);
    } else {
        report_html_findings(out, own, result, prefix);
        report_html_doubts(out, result);
    }
    fputs("</section>\n", out);
}

/* A case that passed without a finding has nothing to tell. */
static bool tells(const json_t *one, const json_t *result)
{
    return result && (json_array_size(json_object_get(result, "findings")) > 0 ||
                      strcmp(tests_verdict(one), "passed") != 0);
}

void report_html_tests(FILE *out, int at, const json_t *result)
{
    const json_t *list = json_object_get(result, "cases");
    json_t *results[MOST_PARTS] = { NULL };
    int own[MOST_PARTS];
    size_t n = json_array_size(list);
    fputs("<h2>Cases</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th class=\"text name\">case"
          "</th>"
          "<th class=\"text\">verdict</th><th>seconds</th><th class=\"text\">reason</th></tr>"
          "</thead>\n<tbody>\n", out);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        if (i < MOST_PARTS)
            results[i] = load_case(at, one, &own[i]);
        row(out, one, i < MOST_PARTS && tells(one, results[i]));
    }
    fputs("</tbody></table></div>\n", out);
    if (n > MOST_PARTS)
        fprintf(out, "<p class=\"note\">This page tells of the first %d cases.</p>\n", MOST_PARTS);
    for (size_t i = 0; i < n && i < MOST_PARTS; i++) {
        if (tells(json_array_get(list, i), results[i]))
            part(out, own[i], json_array_get(list, i), results[i]);
        json_decref(results[i]);
        fd_close(&own[i]);
    }
}
