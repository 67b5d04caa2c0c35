/* SPDX-License-Identifier: MIT
 * html_findings.c: see html_findings.h.
 */
#include "report/html_findings.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "report/story.h"

/* The most findings with a story, stories that are open, frames of a thread, threads. */
enum { STORIES = 100, UNFOLDED = 3, FRAMES = 100, THREADS = 64 };

static const char *string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Prints a number, or a string as it is: large numbers are strings. */
static void value(FILE *out, const json_t *object, const char *key)
{
    const json_t *one = json_object_get(object, key);
    if (json_is_integer(one))
        fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(one));
    else
        markup_line(out, json_string_value(one));
}

static void seconds(FILE *out, const json_t *object, const char *key)
{
    char text[32];
    double ns = member_get_real(object, key) * 1e9;
    fputs(text_format_duration(ns > 0 && ns < 9e18 ? (uint64_t)ns : 0, text, sizeof text), out);
}

/* Prints a block of text that folds, unless it is empty. */
static void block(FILE *out, const char *title, const struct story_text *text, bool open)
{
    if (!text->text || text->size == 0)
        return;
    fprintf(out, "<details%s><summary>", open ? " open" : "");
    markup_line(out, title);
    fprintf(out, "</summary><pre>%s", text->cut ? "...\n" : "");
    markup_block(out, text->text, text->size);
    fputs("</pre></details>\n", out);
}

/* ---- the stack --------------------------------------------------------------------------- */

static void frame(FILE *out, const json_t *frame)
{
    const char *function = string(frame, "function"), *file = string(frame, "file");
    const char *module = string(frame, "module");
    fputs("<li><code>", out);
    markup_line(out, function && *function ? function : "?");
    fputs("</code> <span class=\"where\">", out);
    if (file && *file) {
        markup_line(out, file);
        fputs(json_object_get(frame, "line") ? ":" : "", out);
        value(out, frame, "line");
        fputc(' ', out);
    }
    if (module && *module) {
        markup_line(out, module);
        fputs(json_object_get(frame, "offset") ? "+" : "", out);
        value(out, frame, "offset");
    }
    fputs("</span></li>\n", out);
}

static void stack(FILE *out, const json_t *threads)
{
    size_t n = json_array_size(threads);
    if (n == 0)
        return;
    fprintf(out, "<details open><summary>Stack%s</summary>\n", n > 1 ? "s" : "");
    for (size_t i = 0; i < n && i < THREADS; i++) {
        const json_t *thread = json_array_get(threads, i);
        const json_t *frames = json_object_get(thread, "frames");
        fputs("<p class=\"note\">thread ", out);
        value(out, thread, "thread");
        fputc(' ', out);
        markup_line(out, string(thread, "name"));
        if (string(thread, "actor")) {
            fputs(" of ", out);
            markup_line(out, string(thread, "actor"));
        }
        fputs("</p>\n<ol class=\"stack\" start=\"0\">\n", out);
        for (size_t f = 0; f < json_array_size(frames) && f < FRAMES; f++)
            frame(out, json_array_get(frames, f));
        if (json_array_size(frames) > FRAMES)
            fprintf(out, "<li>... and %zu more frames</li>\n", json_array_size(frames) - FRAMES);
        fputs("</ol>\n", out);
    }
    if (n > THREADS)
        fprintf(out, "<p class=\"note\">... and %zu more threads</p>\n", n - THREADS);
    fputs("</details>\n", out);
}

/* ---- operations -------------------------------------------------------------------------- */

static void operation(FILE *out, const json_t *one)
{
    static const char *const keys[] = { "actor", "index", "action", "outcome" };
    char text[32] = "–";
    const json_t *duration = json_object_get(one, "duration_ns");
    fprintf(out, "<tr><td>%+.3f ms</td>", member_get_real(one, "started_ns") / 1e6);
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        fputs("<td class=\"text\">", out);
        value(out, one, keys[i]);
        fputs("</td>", out);
    }
    if (json_is_integer(duration))
        text_format_duration(member_get_count(one, "duration_ns"), text, sizeof text);
    fprintf(out, "<td>%s</td><td class=\"text\">", text);
    if (string(one, "note"))
        markup_line(out, string(one, "note"));
    fputs("</td></tr>\n", out);
}

static void operations(FILE *out, const json_t *list, bool open)
{
    if (json_array_size(list) == 0)
        return;
    fprintf(out, "<details%s><summary>The last operations of all actors</summary>\n"
                 "<div class=\"scroll\"><table>\n<thead><tr><th>started</th>"
                 "<th class=\"text\">actor</th><th class=\"text\">operation</th>"
                 "<th class=\"text\">action</th><th class=\"text\">outcome</th><th>took</th>"
                 "<th class=\"text\">note</th></tr></thead>\n<tbody>\n", open ? " open" : "");
    for (size_t i = 0; i < json_array_size(list); i++)
        operation(out, json_array_get(list, i));
    fputs("</tbody></table></div></details>\n", out);
}

/* ---- injections -------------------------------------------------------------------------- */

/* Prints whose call it was: an actor's, a server's or a hook's. */
static void whose(FILE *out, const json_t *one)
{
    static const struct {
        const char *key, *before;
    } kinds[] = { { "actor", "" }, { "server", "server " }, { "hook", "hook " } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *name = string(one, kinds[i].key);
        if (name && *name) {
            fputs(kinds[i].before, out);
            markup_line(out, name);
        }
    }
}

static void injections(FILE *out, const json_t *list, bool open)
{
    static const char *const keys[] = { "rule", "in", "operation", "call", "path" };
    if (json_array_size(list) == 0)
        return;
    fprintf(out, "<details%s><summary>Faults injected in this generation</summary>\n"
                 "<div class=\"scroll\"><table>\n<thead><tr>", open ? " open" : "");
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        fprintf(out, "<th class=\"text\">%s</th>", keys[k]);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < json_array_size(list); i++) {
        fputs("<tr>", out);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            fputs("<td class=\"text\">", out);
            if (strcmp(keys[k], "in") == 0)
                whose(out, json_array_get(list, i));
            else
                value(out, json_array_get(list, i), keys[k]);
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

/* ---- the findings ------------------------------------------------------------------------ */

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
    fputs("<p class=\"note\">", out);
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

static void description(FILE *out, const json_t *finding)
{
    const char *text = string(finding, "description");
    const struct story_text whole = { (char *)text, text ? strlen(text) : 0, false };
    block(out, "State of the environment", &whole, false);
}

/* "Server store: died, exit status 3", with the end of what it wrote. */
static void servers(FILE *out, const struct story *story)
{
    for (size_t i = 0; i < story->n_servers; i++) {
        const json_t *one = json_array_get(json_object_get(story->finding, "servers"), i);
        const json_t *status = json_object_get(one, "exit_status");
        char title[256], name[64], state[32], end[64] = "";
        member_get_text(one, "signal", "", end, sizeof end);
        if (json_is_integer(status))
            snprintf(end, sizeof end, "exit status %" PRIu64,
                     member_get_count(one, "exit_status"));
        bool silent = story->servers[i].size == 0;
        snprintf(title, sizeof title, "Server %s: %s%s%s%s",
                 member_get_text(one, "name", "?", name, sizeof name),
                 member_get_text(one, "state", "?", state, sizeof state), *end ? ", " : "", end,
                 silent ? ", no output" : " (the end of its output)");
        if (silent) {
            fputs("<p class=\"note\">", out);
            markup_line(out, title);
            fputs("</p>\n", out);
        }
        block(out, title, &story->servers[i], false);
    }
}

/* The first number in a text. */
static bool find_number(const char *text, double *ret)
{
    const char *at = text ? strpbrk(text, "0123456789") : NULL;
    if (!at)
        return false;
    *ret = strtod(at > text && at[-1] == '-' ? at - 1 : at, NULL);
    return isfinite(*ret);
}

/* The curve of the first numbers that a watched command printed. */
static void curve(FILE *out, const json_t *list)
{
    enum { WIDTH = 600, HEIGHT = 60 };
    double least = INFINITY, most = -INFINITY, number;
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++)
        if (find_number(string(json_array_get(list, i), "value"), &number)) {
            least = fmin(least, number);
            most = fmax(most, number);
        }
    double begin = member_get_real(json_array_get(list, 0), "t");
    double span = member_get_real(json_array_get(list, n > 0 ? n - 1 : 0), "t") - begin;
    if (!(most > least) || !(span > 0))
        return;
    fprintf(out, "<div class=\"chart\"><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
                 "role=\"img\" aria-label=\"the watched number, from %g to %g\"><polyline "
                 "fill=\"none\" stroke=\"currentColor\" vector-effect=\"non-scaling-stroke\" "
                 "points=\"", WIDTH, HEIGHT, least, most);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        if (find_number(string(one, "value"), &number))
            fprintf(out, "%.1f,%.1f ", (member_get_real(one, "t") - begin) / span * WIDTH,
                    HEIGHT - (number - least) / (most - least) * HEIGHT);
    }
    fprintf(out, "\"/></svg></div>\n<p class=\"note\">From %g to %g in %.0f s.</p>\n", least, most,
            span);
}

/* What the watched command printed before the finding. */
static void watched(FILE *out, const struct story *story)
{
    const json_t *list = json_object_get(story->finding, "watch");
    const char *last = string(json_array_get(list, json_array_size(list) - 1), "value");
    if (json_array_size(list) == 0)
        return;
    fputs("<p class=\"note\">Watched, at last: ", out);
    markup_line(out, last ? last : "nothing");
    fputs("</p>\n", out);
    curve(out, list);
    block(out, "All that was watched", &story->watch, false);
}

static void tell(FILE *out, const struct story *story, bool open)
{
    char reset[512];
    if (story->reproduce.text && story->reproduce.size > 0) {
        fputs("<p class=\"note\">To see it again:</p>\n<pre>", out);
        markup_block(out, story->reproduce.text, story->reproduce.size);
        fputs("</pre>\n", out);
    }
    stack(out, json_object_get(story->finding, "stack"));
    block(out, "Standard error of the process (its end)", &story->output, open);
    block(out, "Console of the machine (its end)", &story->console, open);
    servers(out, story);
    watched(out, story);
    description(out, story->finding);
    operations(out, json_object_get(story->finding, "operations"), open);
    injections(out, json_object_get(story->finding, "injections"), open);
    if (*story_reset(story, reset, sizeof reset)) {
        fputs("<p class=\"note\">The reset that followed: ", out);
        markup_line(out, reset);
        fputs("</p>\n", out);
    }
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

static void finding(FILE *out, int at, const json_t *one, size_t number, const char *prefix)
{
    struct story story;
    fputs("<article id=\"", out);
    markup_line(out, prefix);
    fprintf(out, "finding-%" PRIu64 "\">\n<h3><span class=\"count\">%" PRIu64
                 "×</span> ", member_get_count(one, "id"), member_get_count(one, "count"));
    markup_line(out, string(one, "kind"));
    fputs(": ", out);
    markup_line(out, string(one, "title"));
    fputs("</h3>\n", out);
    known(out, json_object_get(one, "known"));
    occurrences(out, one);
    if (number < STORIES) {
        story_load(&story, at, one);
        tell(out, &story, number < UNFOLDED);
        story_free(&story);
    }
    if (string(one, "directory")) {
        fputs("<p class=\"note\"><code>", out);
        markup_line(out, string(one, "directory"));
        fputs("</code></p>\n", out);
    }
    fputs("</article>\n", out);
}

void report_html_findings(FILE *out, int at, const json_t *result, const char *prefix)
{
    size_t n;
    const json_t **sorted = report_sorted_findings(result, &n);
    if (n > 0)
        fprintf(out, "<h2>Findings: %zu</h2>\n", n);
    if (n > STORIES)
        fprintf(out, "<p class=\"note\">This page has the stories of the %d most frequent ones. "
                     "The run directory has all.</p>\n", STORIES);
    for (size_t i = 0; i < n; i++)
        finding(out, at, sorted[i], i, prefix);
    free(sorted);
}
