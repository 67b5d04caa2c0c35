/* SPDX-License-Identifier: MIT
 * html_crash.c: see html_crash.h.
 */
#include "report/html_crash.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "record/record.h"
#include "report/enumeration.h"
#include "report/html_findings.h"
#include "report/html_grid.h"
#include "report/html_tables.h"
#include "report/story.h"

enum { STORIES = 100, ROWS = 100 }; /* the most findings with a picture, and rows of one */

const char report_html_crash_style[] =
    ".repair{border-left:.3rem solid var(--good);background:var(--panel);padding:.4rem .7rem;"
    "margin:.5rem 0}.repair b{color:var(--good)}\n"
    ".steps{border:1px solid var(--line);border-radius:.3rem;margin:.5rem 0;font-size:.87rem}"
    ".step{display:grid;grid-template-columns:3rem 5.2rem minmax(0,1fr) 16rem;gap:0 .6rem;"
    "align-items:center;padding:0 0 0 .5rem;border-top:1px solid var(--line)}"
    ".step:first-child{border-top:0}.step b,.step i{padding:.15rem 0}"
    ".step i{color:var(--soft);font-style:normal;text-align:right;"
    "font-variant-numeric:tabular-nums}\n"
    ".life{position:relative;align-self:stretch;min-height:1.5rem;background:var(--panel);"
    "border-right:.2rem solid var(--bad)}"
    ".life svg,.box svg{position:absolute;left:0;top:0;width:100%;height:100%}\n"
    ".durable b{color:var(--good)}.kept b{color:var(--rate)}.lost,.torn{background:var(--panel)}"
    ".lost b{color:var(--bad)}.torn b{color:var(--odd)}.other span{color:var(--soft)}\n"
    ".hard{fill:var(--good)}.soft{fill:var(--rate);opacity:.45}.gone{fill:var(--bad)}"
    ".half{fill:var(--odd)}.tick{fill:var(--soft)}\n"
    ".end{border-top:.2rem solid var(--bad);color:var(--bad);font-weight:600;padding:.25rem .5rem}"
    "\n.legend span{white-space:nowrap;margin-right:.9rem}.legend .box{display:inline-block;"
    "position:relative;width:1.1rem;height:.6rem;margin-right:.3rem}\n"
    "@media(max-width:40rem){.step{grid-template-columns:2rem 4.4rem minmax(0,1fr);gap:0 .5rem}"
    ".step span{grid-column:1/-1;grid-row:2;padding:0 .5rem .25rem 0}.life{min-height:1.2rem}}\n";

/* ---- models side by side ------------------------------------------------------------------ */

/* The last row has the sums. */
static const char *row_of(const void *of, size_t row)
{
    const struct enumeration *enumeration = of;
    return row < enumeration->calls.n ? enumeration->calls.name[row] : "all";
}

static const char *model_of(const void *of, size_t column)
{
    const struct enumeration *enumeration = of;
    return enumeration->model[column];
}

static void bad_of(const void *of, size_t row, size_t column, struct html_cell *ret)
{
    const struct enumeration *enumeration = of;
    const struct enumeration_cell *cell = row < enumeration->calls.n
                                              ? &enumeration->cells[row][column]
                                              : &enumeration->sums[column];
    ret->tone = cell->judged == 0 ? HTML_NOTHING : cell->bad > 0 ? HTML_BAD : HTML_GOOD;
    if (cell->judged == 0)
        snprintf(ret->text, sizeof ret->text, "–");
    else
        snprintf(ret->text, sizeof ret->text, "%" PRIu64 " of %" PRIu64, cell->bad, cell->judged);
}

static void models(FILE *out, const json_t *result)
{
    struct enumeration enumeration;
    enumeration_load(&enumeration, result);
    const struct html_grid grid = {
        .title = "Models side by side",
        .note = "Bad states of those that were judged, by the call at which the crash came.",
        .corner = "call", .of = &enumeration, .row = row_of, .column = model_of, .cell = bad_of,
        .n_rows = enumeration.calls.n > 0 ? enumeration.calls.n + 1 : 0,
        .n_columns = enumeration.n_models
    };
    html_grid(out, &grid);
    enumeration_free(&enumeration);
}

/* ---- what was durable when ---------------------------------------------------------------- */

enum fate { FATE_NONE, FATE_DURABLE, FATE_KEPT, FATE_LOST, FATE_TORN, FATES };
static const struct {
    const char *name, *class, *word, *bar, *label;
} fates[FATES] = {
    [FATE_NONE] = { "", "other", "", NULL, "a barrier, or what the outside world saw" },
    [FATE_DURABLE] = { "durable", "durable", "durable", "hard", "durable" },
    [FATE_KEPT] = { "kept", "kept", "kept", NULL, "not yet durable, kept" },
    [FATE_LOST] = { "lost", "lost", "LOST", "gone", "not yet durable, lost" },
    [FATE_TORN] = { "torn", "torn", "TORN", "half", "not yet durable, torn" },
};

static enum fate fate_of(const json_t *step)
{
    char name[16];
    member_get_text(step, "fate", "", name, sizeof name);
    for (int i = FATES - 1; i > 0; i--)
        if (strcmp(name, fates[i].name) == 0)
            return (enum fate)i;
    return FATE_NONE;
}

/* The row of the barrier that made a step durable; its own, if there is no such row. */
static size_t durable_row(const json_t *steps, size_t n, size_t own)
{
    uint64_t at = member_get_count(json_array_get(steps, own), "durable_at");
    for (size_t row = own; row < n; row++)
        if (member_get_count(json_array_get(steps, row), "step") >= at)
            return row;
    return own;
}

static void bar(FILE *out, const char *class, double from, double to)
{
    fprintf(out, "<rect class=\"%s\" x=\"%.2f\" y=\"3\" width=\"%.2f\" height=\"4\"/>", class, from,
            to > from ? to - from : 0);
}

/* Draws the life of a step, from its row to the crash at the right: first it is in memory only. */
static void life(FILE *out, const json_t *steps, size_t n, size_t row, enum fate fate)
{
    double begin = (double)row, end = (double)n, tail = end / 12 < 1 ? end / 12 : 1;
    double durable = fate == FATE_DURABLE ? (double)durable_row(steps, n, row) : end - tail;
    fprintf(out, "<div class=\"life\"><svg viewBox=\"0 0 %zu 10\" preserveAspectRatio=\"none\" "
                 "role=\"img\" aria-label=\"%s\">", n, fates[fate].label);
    if (fate == FATE_NONE)
        fprintf(out, "<rect class=\"tick\" x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"10\"/>",
                begin, end / 150);
    else if (fate == FATE_KEPT)
        bar(out, "soft", begin, end);
    else {
        bar(out, "soft", begin, durable);
        bar(out, fates[fate].bar, durable < begin ? begin : durable, end);
    }
    fputs("</svg></div>", out);
}

static void step(FILE *out, const json_t *steps, size_t n, size_t row)
{
    const json_t *one = json_array_get(steps, row);
    enum fate fate = fate_of(one);
    fprintf(out, "<div class=\"step %s\"><i>%" PRIu64 "</i><b>%s</b><span>", fates[fate].class,
            member_get_count(one, "step"), fates[fate].word);
    markup_line(out, json_string_value(json_object_get(one, "text")));
    fputs("</span>", out);
    life(out, steps, n, row, fate);
    fputs("</div>\n", out);
}

static void legend(FILE *out)
{
    static const struct {
        const char *class, *text;
    } keys[] = { { "soft", "in memory only" }, { "hard", "durable" },
                 { "gone", "lost in the crash" }, { "half", "torn" },
                 { "tick", "a barrier, or what the outside world saw" } };
    fputs("<p class=\"note legend\">", out);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fprintf(out, "<span><span class=\"box\"><svg viewBox=\"0 0 10 10\" "
                     "preserveAspectRatio=\"none\"><rect class=\"%s\" x=\"0\" y=\"0\" "
                     "width=\"10\" height=\"10\"/></svg></span>%s</span>\n", keys[i].class,
                keys[i].text);
    fputs("</p>\n", out);
}

/* The moment of the crash, from the headline: "power lost before fsync of store.wal". */
static void moment(FILE *out, const char *headline)
{
    char text[ENUMERATION_TEXT];
    size_t n = strcspn(headline, ":");
    snprintf(text, sizeof text, "the crash%s%.*s", n > 0 ? ": " : "", (int)n, headline);
    fputs("<div class=\"end\">", out);
    markup_line(out, text);
    fputs("</div>", out);
}

static void picture(FILE *out, const json_t *finding, const char *headline)
{
    const json_t *steps = json_object_get(finding, "steps");
    size_t n = json_array_size(steps) < ROWS ? json_array_size(steps) : ROWS;
    if (n == 0)
        return;
    fputs("<div class=\"steps\">\n", out);
    for (size_t row = 0; row < n; row++)
        step(out, steps, n, row);
    moment(out, headline);
    fputs("</div>\n", out);
    legend(out);
}

/* ---- findings ----------------------------------------------------------------------------- */

static void title(FILE *out, const json_t *finding)
{
    fprintf(out, "<h3><span class=\"count\">%" PRIu64 "×</span> ",
            enumeration_count(finding));
    markup_line(out, json_string_value(json_object_get(finding, "kind")));
    fputs(": ", out);
    markup_line(out, json_string_value(json_object_get(finding, "title")));
    fputs("</h3>\n", out);
}

/* Where in the program a step was taken. */
static void place(FILE *out, const json_t *finding, const char *which, const char *label)
{
    char stack[ENUMERATION_TEXT];
    if (!*enumeration_stack(finding, which, stack, sizeof stack))
        return;
    fprintf(out, "<p class=\"note\">%s: <code>", label);
    markup_line(out, stack);
    fputs("</code></p>\n", out);
}

static void again(FILE *out, const json_t *finding)
{
    const char *command = json_string_value(json_object_get(finding, "reproduce"));
    const char *directory = json_string_value(json_object_get(finding, "directory"));
    if (command) {
        fputs("<p class=\"note\">To see it again:</p>\n<pre>", out);
        markup_line(out, command);
        fputs("</pre>\n", out);
    }
    if (directory) {
        fputs("<p class=\"note\"><code>", out);
        markup_line(out, directory);
        fputs("</code></p>\n", out);
    }
}

/* "#1 · writer.0, action put, operation 3". */
static void whose(FILE *out, const json_t *finding)
{
    static const char *const keys[][2] = { { "actor", " · " }, { "action", ", action " } };
    const json_t *first = json_object_get(finding, "first");
    fprintf(out, "<p class=\"note\">#%" PRIu64, member_get_count(finding, "id"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_is_string(json_object_get(finding, keys[i][0]))) {
            fputs(keys[i][1], out);
            markup_line(out, json_string_value(json_object_get(finding, keys[i][0])));
        }
    if (json_is_integer(json_object_get(first, "operation")))
        fprintf(out, ", operation %" PRIu64, member_get_count(first, "operation"));
    fputs("</p>\n", out);
}

static void finding(FILE *out, const json_t *one, const char *prefix)
{
    char headline[ENUMERATION_TEXT], repair[ENUMERATION_TEXT];
    fputs("<article", out);
    report_html_finding_id(out, one, prefix);
    fputs(">\n", out);
    title(out, one);
    if (*enumeration_headline(one, headline, sizeof headline)) {
        fputs("<p class=\"why\">", out);
        markup_line(out, headline);
        fputs("</p>\n", out);
    }
    if (*finding_known_text(one, repair, sizeof repair)) {
        fputs("<p>", out);
        markup_line(out, repair);
        fputs("</p>\n", out);
    }
    whose(out, one);
    if (*enumeration_repair(one, repair, sizeof repair)) {
        fputs("<p class=\"repair\"><b>Repair</b> ", out);
        markup_line(out, repair);
        fputs("</p>\n", out);
    }
    place(out, one, "lost", "The step that was lost");
    place(out, one, "kept", "The step that was kept");
    picture(out, one, headline);
    again(out, one);
    fputs("</article>\n", out);
}

static bool has_picture(const json_t *const *findings, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (json_array_size(json_object_get(findings[i], "steps")) > 0)
            return true;
    return false;
}

static void findings(FILE *out, const json_t *result, const char *prefix)
{
    size_t n;
    const json_t **sorted = report_sorted_findings(result, &n);
    size_t shown = n < STORIES ? n : STORIES;
    if (n > 0)
        fprintf(out, "<h2>Findings: %zu</h2>\n", n);
    if (has_picture(sorted, shown))
        fputs("<p class=\"note\">Each picture has the last steps before the crash, and earlier "
              "ones that were lost, from top to bottom and from left to right. The line at the "
              "right is the crash.</p>\n", out);
    for (size_t i = 0; i < shown; i++)
        finding(out, sorted[i], prefix);
    if (n > shown)
        report_html_more_findings(out, sorted + shown, n - shown, prefix);
    free(sorted);
}

void report_html_crash(FILE *out, const json_t *result, const char *prefix)
{
    report_html_calls(out, result);
    models(out, result);
    findings(out, result, prefix);
    report_html_doubts(out, result);
}
