/* SPDX-License-Identifier: MIT
 * html_story.c: see html_story.h.
 */
#include "report/html_story.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "report/why.h"
#include "tracer/tracer.h"

/* The most frames of a thread, and of all threads; bytes of a text that is not one of the first. */
enum { FRAMES = 100, ALL_FRAMES = 400, BRIEF = 1024 };

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

/* Prints a block of text that folds, unless it is empty. Folded, it has only the end of it. */
static void block(FILE *out, const char *title, const struct story_text *text, bool open)
{
    if (!text->text || text->size == 0)
        return;
    size_t skip = !open && text->size > BRIEF ? text->size - BRIEF : 0;
    fprintf(out, "<details%s><summary>", open ? " open" : "");
    markup_line(out, title);
    fprintf(out, "</summary><pre>%s", text->cut || skip > 0 ? "...\n" : "");
    markup_block(out, text->text + skip, text->size - skip);
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
        markup_line(out, module_base(module));
        fputs(json_object_get(frame, "offset") ? "+" : "", out);
        value(out, frame, "offset");
    }
    fputs("</span></li>\n", out);
}

static void frames(FILE *out, const json_t *list, size_t from, size_t to, size_t *room)
{
    size_t end = to - from > *room ? from + *room : to;
    end = end > from + FRAMES ? from + FRAMES : end;
    fprintf(out, "<ol class=\"stack\" start=\"%zu\">\n", from);
    for (size_t i = from; i < end; i++)
        frame(out, json_array_get(list, i));
    if (to > end)
        fprintf(out, "<li>... and %zu more frames</li>\n", to - end);
    fputs("</ol>\n", out);
    *room -= end - from;
}

/* Prints a thread; the frames of the harness below the user's are folded. */
static void thread(FILE *out, const json_t *one, const char *actor, size_t *room)
{
    const json_t *list = json_object_get(one, "frames");
    size_t n = json_array_size(list), own = why_user_frames(list);
    fputs("<div><p class=\"note\"><b>", out);
    markup_line(out, actor);
    fputs("</b> thread ", out);
    value(out, one, "thread");
    fputc(' ', out);
    markup_line(out, string(one, "name"));
    fputs(json_is_true(json_object_get(one, "crashed")) ? ": crashed here</p>\n" : "</p>\n", out);
    frames(out, list, 0, own, room);
    if (own < n) {
        fprintf(out, "<details><summary>%zu frame%s of the harness</summary>\n", n - own,
                n - own > 1 ? "s" : "");
        frames(out, list, own, n, room);
        fputs("</details>\n", out);
    }
    if (string(one, "note")) {
        fputs("<p class=\"note\">", out);
        markup_line(out, string(one, "note"));
        fputs("</p>\n", out);
    }
    fputs("</div>\n", out);
}

/* Prints the threads of the finding, and behind them those of other actors that it perhaps waits
 * for, side by side. */
static void stack(FILE *out, const json_t *finding, const json_t *threads)
{
    size_t n = json_array_size(threads), room = ALL_FRAMES, i = 0;
    if (n == 0)
        return;
    fprintf(out, "<details open><summary>Stack%s</summary>\n<div class=\"stacks\">\n",
            n > 1 ? "s" : "");
    for (; i < n && i < ALL_FRAMES && room > 0; i++) {
        const json_t *one = json_array_get(threads, i);
        const char *other = string(one, "actor");
        thread(out, one, other ? other : string(finding, "actor"), &room);
    }
    fputs("</div>\n", out);
    if (i < n)
        fprintf(out, "<p class=\"note\">... and %zu more threads</p>\n", n - i);
    fputs("</details>\n", out);
}

/* ---- operations -------------------------------------------------------------------------- */

/* The class of a row, by how its operation ended. */
static const char *class_of(const json_t *one)
{
    static const struct {
        const char *outcome, *class;
    } classes[] = { { "ok", "fine" }, { "fail", "bad" }, { "reset", "odd" },
                    { "in flight", "flying" } };
    const char *outcome = string(one, "outcome");
    for (size_t i = 0; outcome && i < sizeof classes / sizeof *classes; i++)
        if (strcmp(outcome, classes[i].outcome) == 0)
            return classes[i].class;
    return "idle";
}

/* Prints the faults that hit an operation. */
static void hits(FILE *out, const json_t *one, const json_t *faults)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(faults); i++) {
        const json_t *fault = json_array_get(faults, i);
        if (!why_is_hit(fault, one))
            continue;
        fputs(n++ > 0 ? "; " : "<b class=\"hit\">", out);
        markup_line(out, string(fault, "rule"));
        fputs(" at ", out);
        markup_line(out, string(fault, "call"));
    }
    fputs(n > 0 ? "</b> " : "", out);
}

static void operation(FILE *out, const json_t *finding, const json_t *one, const json_t *faults)
{
    static const char *const keys[] = { "actor", "outcome", "index", "action" };
    char text[32] = "–";
    const json_t *duration = json_object_get(one, "duration_ns");
    fprintf(out, "<tr class=\"%s%s\"><td class=\"name\">%+.3f ms</td>", class_of(one),
            why_is_own(finding, one) ? " own" : "", member_get_real(one, "started_ns") / 1e6);
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        fprintf(out, "<td class=\"%s\">", strcmp(keys[i], "outcome") == 0 ? "text outcome"
                                                                         : "text");
        value(out, one, keys[i]);
        fputs("</td>", out);
    }
    if (json_is_integer(duration))
        text_format_duration(member_get_count(one, "duration_ns"), text, sizeof text);
    fprintf(out, "<td>%s</td><td class=\"text\">", text);
    hits(out, one, faults);
    markup_line(out, string(one, "note"));
    fputs("</td></tr>\n", out);
}

static void operations(FILE *out, const json_t *finding, const json_t *story, bool open)
{
    const json_t *list = json_object_get(story, "operations");
    if (json_array_size(list) == 0)
        return;
    fprintf(out, "<details%s><summary>The last operations of all actors</summary>\n"
                 "<div class=\"scroll whole\"><table class=\"story\">\n<thead><tr>"
                 "<th class=\"name\">started</th><th class=\"text\">actor</th>"
                 "<th class=\"text\">outcome</th><th class=\"text\">operation</th>"
                 "<th class=\"text\">action</th><th>took</th>"
                 "<th class=\"text\">what hit it, and its note</th></tr></thead>\n<tbody>\n",
            open ? " open" : "");
    for (size_t i = 0; i < json_array_size(list); i++)
        operation(out, finding, json_array_get(list, i), json_object_get(story, "injections"));
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

/* ---- the environment ------------------------------------------------------------------------ */

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

/* ---- the story ----------------------------------------------------------------------------- */

void report_html_story(FILE *out, const json_t *finding, const struct story *story, bool open)
{
    char reset[512];
    stack(out, finding, json_object_get(story->finding, "stack"));
    operations(out, finding, story->finding, open);
    injections(out, json_object_get(story->finding, "injections"), open);
    if (*story_reset(story, reset, sizeof reset)) {
        fputs("<p class=\"note\">The reset that followed: ", out);
        markup_line(out, reset);
        fputs("</p>\n", out);
    }
    block(out, "Standard error of the process (its end)", &story->output, open);
    block(out, "Console of the machine (its end)", &story->console, open);
    servers(out, story);
    watched(out, story);
    description(out, story->finding);
    if (story->reproduce.text && story->reproduce.size > 0) {
        fputs("<p class=\"note\">To see it again:</p>\n<pre>", out);
        markup_block(out, story->reproduce.text, story->reproduce.size);
        fputs("</pre>\n", out);
    }
}
