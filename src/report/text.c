/* SPDX-License-Identifier: MIT
 * text.c: see text.h.
 */
#include "report/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "record/record.h"
#include "report/enumeration.h"
#include "report/grid.h"
#include "report/story.h"
#include "report/tests.h"
#include "report/text_crash.h"
#include "tracer/tracer.h"

static size_t width = 80; /* of the lines of the report that is being printed */

enum {
    NAME_WIDTH = 18,
    MANY = 16, /* a type with more actors than this is one row */
    FIELD = 1024
};

/* Formats a count for a column: 999, 12.3k, 4.5M. */
static char *format_count(uint64_t count, char *buffer, size_t size)
{
    if (count < 10000000)
        snprintf(buffer, size, "%" PRIu64, count);
    else if (count < UINT64_C(10000000000))
        snprintf(buffer, size, "%.2fM", (double)count / 1e6);
    else
        snprintf(buffer, size, "%.2fG", (double)count / 1e9);
    return buffer;
}

/* ---- actors ------------------------------------------------------------------------------ */

/* How the operations of an actor ended. The columns add up to its operations. */
static const struct {
    const char *title, *key;
    int width;
} outcomes[] = { { "counted", "counted", 9 }, { "uncounted", "uncounted", 9 },
                 { "failed", "failed", 8 }, { "reset", "resets", 7 },
                 { "indeterminate", "indeterminate", 13 } };
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

static void print_outcomes(FILE *out, const json_t *actor)
{
    char text[32];
    for (unsigned i = 0; i < OUTCOMES; i++)
        fprintf(out, " %*s", outcomes[i].width,
                format_count(member_get_count(actor, outcomes[i].key), text, sizeof text));
    fprintf(out, " %s\n", format_count(member_get_count(actor, "restarts"), text, sizeof text));
}

static void print_speed(FILE *out, const json_t *actor)
{
    static const char *const points[] = { "p50", "p99", "p999", "max" };
    const json_t *latency = json_object_get(actor, "latency_ns");
    char text[32];
    fprintf(out, " %9.*f", member_get_real(actor, "rate_per_s") < 100 ? 1 : 0,
            member_get_real(actor, "rate_per_s"));
    for (unsigned i = 0; i < sizeof points / sizeof points[0]; i++) {
        uint64_t ns = member_get_count(latency, points[i]);
        fprintf(out, " %9s", ns ? text_format_duration(ns, text, sizeof text) : "-");
    }
    fputc('\n', out);
}

typedef void row_printer(FILE *out, const json_t *actor);

static void print_row(FILE *out, const char *name, const json_t *actor, row_printer *print)
{
    if (strlen(name) > NAME_WIDTH)
        fprintf(out, "  %s\n  %-*s", name, NAME_WIDTH, "");
    else
        fprintf(out, "  %-*s", NAME_WIDTH, name);
    print(out, actor);
}

/* Whether "writer.12" is of the type "writer". */
static bool is_of_type(const json_t *actor, const char *type)
{
    char name[64];
    member_get_text(actor, "name", "", name, sizeof name);
    char *dot = strrchr(name, '.');
    if (dot)
        *dot = '\0';
    return strcmp(name, type) == 0;
}

static void print_type(FILE *out, const json_t *type, const json_t *actors, row_printer *print)
{
    char name[64], row[96];
    uint64_t n = member_get_count(type, "actors");
    member_get_text(type, "name", "?", name, sizeof name);
    if (n > MANY) {
        snprintf(row, sizeof row, "%s x%" PRIu64, name, n);
        print_row(out, row, type, print);
        return;
    }
    for (size_t i = 0; i < json_array_size(actors); i++) {
        const json_t *actor = json_array_get(actors, i);
        if (is_of_type(actor, name))
            print_row(out, member_get_text(actor, "name", "?", row, sizeof row), actor, print);
    }
}

static void print_rows(FILE *out, const json_t *result, row_printer *print)
{
    const json_t *types = json_object_get(result, "types");
    for (size_t i = 0; i < json_array_size(types); i++)
        print_type(out, json_array_get(types, i), json_object_get(result, "actors"), print);
}

/* Prints on one line the names of the actors or types whose member `key` is true. */
static void print_marked(FILE *out, const char *title, const json_t *list, const char *key)
{
    char name[64];
    size_t column = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (!json_is_true(json_object_get(one, key)))
            continue;
        member_get_text(one, "name", "?", name, sizeof name);
        if (column == 0)
            column = (size_t)fprintf(out, "  %s:", title);
        if (column + strlen(name) + 5 > width) {
            fprintf(out, " ...");
            break;
        }
        column += (size_t)fprintf(out, " %s", name);
    }
    if (column)
        fputc('\n', out);
}

static void print_actors(FILE *out, const json_t *result)
{
    const json_t *actors = json_object_get(result, "actors");
    const json_t *types = json_object_get(result, "types");
    if (json_array_size(actors) == 0)
        return;
    fprintf(out, "\n  %-*s", NAME_WIDTH, "actor");
    for (unsigned i = 0; i < OUTCOMES; i++)
        fprintf(out, " %*s", outcomes[i].width, outcomes[i].title);
    fputs(" restarts\n", out);
    print_rows(out, result, print_outcomes);
    fprintf(out, "\n  %-*s %9s %9s %9s %9s %9s\n", NAME_WIDTH, "actor", "per s", "p50", "p99",
            "p99.9", "max");
    print_rows(out, result, print_speed);
    print_marked(out, "saboteurs", types, "saboteur");
    print_marked(out, "given up", actors, "retired");
}

/* ---- findings ---------------------------------------------------------------------------- */

/* Prints one line of at most `width` columns. Text that is cut ends with "...". */
static void print_cut(FILE *out, const char *indent, const char *text)
{
    size_t space = width - strlen(indent), columns = 0;
    const char *end = text, *cut = text;
    for (; *end != '\0'; end++) {
        if (((unsigned char)*end & 0xc0) == 0x80)
            continue; /* not the first byte of a character */
        if (columns++ == space - 3)
            cut = end;
    }
    if (columns <= space)
        fprintf(out, "%s%s\n", indent, text);
    else
        fprintf(out, "%s%.*s...\n", indent, (int)(cut - text), text);
}

/* Returns how many bytes of a text to print on a line of that many columns: up to a blank, if there
 * is one. */
static size_t line_of(const char *text, size_t columns)
{
    size_t used = 0, blank = 0, end = 0;
    for (; text[end] != '\0'; end++) {
        if (((unsigned char)text[end] & 0xc0) != 0x80 && used++ == columns)
            return blank > 0 ? blank : end;
        if (text[end] == ' ')
            blank = end;
    }
    return end;
}

/* Prints all of a text, on as many lines as it needs: the reason is often at its end. */
static void print_whole(FILE *out, const char *indent, const char *after, const char *text)
{
    do {
        size_t length = line_of(text, width - strlen(indent));
        fprintf(out, "%s%.*s\n", indent, (int)length, text);
        text += length;
        text += *text == ' ';
        indent = after;
    } while (*text != '\0');
}

/* Prints "#0  store_insert at store.c:12", without directories. */
static void print_frame(FILE *out, const json_t *frame, size_t number)
{
    char function[128], file[FIELD], module[FIELD], offset[32], line[2 * FIELD];
    member_get_text(frame, "function", "?", function, sizeof function);
    member_get_text(frame, "file", "", file, sizeof file);
    member_get_text(frame, "module", "?", module, sizeof module);
    member_get_text(frame, "offset", "?", offset, sizeof offset);
    if (*file)
        snprintf(line, sizeof line, "#%-2zu %s at %s:%" PRIu64, number, function, module_base(file),
                 member_get_count(frame, "line"));
    else
        snprintf(line, sizeof line, "#%-2zu %s in %s+%s", number, function, module_base(module),
                 offset);
    print_cut(out, "     ", line);
}

/* Prints the frames of a thread down to the user's: above those may be a call of the harness. */
static void print_thread(FILE *out, const json_t *thread)
{
    const json_t *frames = json_object_get(thread, "frames");
    char text[FIELD], line[FIELD + 8];
    bool seen = false; /* a frame of the user's */
    for (size_t i = 0; i < json_array_size(frames); i++) {
        const json_t *frame = json_array_get(frames, i);
        member_get_text(frame, "module", "", text, sizeof text);
        if (seen && module_is_harness(text))
            break;
        seen = seen || !module_is_common(text);
        print_frame(out, frame, i);
    }
    member_get_text(thread, "note", "", text, sizeof text);
    if (*text) {
        snprintf(line, sizeof line, "(%s)", text);
        print_cut(out, "     ", line);
    }
}

/* The first thread, and the first of each other actor that perhaps keeps it waiting. */
static void print_stack(FILE *out, const json_t *stack)
{
    char actor[64], before[64] = "", line[128];
    for (size_t i = 0; i < json_array_size(stack); i++) {
        const json_t *thread = json_array_get(stack, i);
        member_get_text(thread, "actor", "", actor, sizeof actor);
        if (i > 0 && strcmp(actor, before) == 0)
            continue;
        if (i > 0) {
            snprintf(line, sizeof line, "meanwhile %s:", actor);
            print_cut(out, "     ", line);
        }
        print_thread(out, thread);
        strcpy(before, actor);
    }
}

/* Of merged shards: where it was seen first, and where last. */
static void print_machines(FILE *out, const json_t *finding)
{
    static const char *const ends[] = { "first", "last" };
    char line[2 * FIELD] = "", machine[256];
    for (int i = 0; i < 2; i++) {
        const json_t *end = json_object_get(finding, ends[i]);
        size_t used = strlen(line);
        if (!json_object_get(end, "shard"))
            return;
        snprintf(line + used, sizeof line - used, "%s%s on %s (shard %" PRIu64 ")",
                 i > 0 ? ", " : "", ends[i],
                 member_get_text(end, "machine", "?", machine, sizeof machine),
                 member_get_count(end, "shard"));
    }
    print_cut(out, "     ", line);
}

static void print_known(FILE *out, const json_t *finding)
{
    char line[FIELD + 64];
    if (*finding_known_text(finding, line, sizeof line))
        print_whole(out, "     ", "     ", line);
}

static void print_finding(FILE *out, const json_t *finding)
{
    char kind[64], text[FIELD], line[FIELD + 128], time[32];
    const json_t *first = json_object_get(finding, "first");
    member_get_text(finding, "kind", "?", kind, sizeof kind);
    member_get_text(finding, "title", "", text, sizeof text);
    snprintf(line, sizeof line, "%" PRIu64 "x %s: %s", member_get_count(finding, "count"), kind,
             text);
    print_whole(out, "  ", "     ", line);
    print_known(out, finding);
    snprintf(line, sizeof line, "%s, generation %" PRIu64,
             member_get_text(finding, "actor", "environment", text, 64),
             member_get_count(first, "generation"));
    if (json_is_number(json_object_get(first, "time_s")))
        snprintf(line + strlen(line), sizeof line - strlen(line), ", at %s",
                 text_format_seconds(member_get_real(first, "time_s"), time, sizeof time));
    if (json_is_integer(json_object_get(first, "operation")))
        snprintf(line + strlen(line), sizeof line - strlen(line), ", operation %" PRIu64,
                 member_get_count(first, "operation"));
    print_cut(out, "     first: ", line);
    print_machines(out, finding);
    print_stack(out, json_object_get(finding, "stack"));
    member_get_text(finding, "directory", "", text, sizeof text);
    if (*text != '\0')
        fprintf(out, "     %s\n", text);
}

static void print_findings(FILE *out, const json_t *result)
{
    const json_t *list = json_object_get(result, "findings");
    size_t n = json_array_size(list);
    if (n == 0)
        return;
    fprintf(out, "\nfindings: %zu\n", n);
    const json_t **sorted = report_sorted_findings(result, &n);
    for (size_t i = 0; i < n; i++)
        print_finding(out, sorted[i]);
    free(sorted);
}

/* Prints the injection rules. A rule that never fired has shown nothing, and stands out. */
static void print_injections(FILE *out, const json_t *result)
{
    const json_t *rules = json_object_get(result, "injections");
    char text[FIELD];
    size_t i;
    const json_t *entry;
    if (json_array_size(rules) > 0)
        fprintf(out, "\ninjections: %zu\n", json_array_size(rules));
    json_array_foreach(rules, i, entry) {
        uint64_t fired = member_get_count(entry, "fired");
        fprintf(out, "  %s: ", member_get_text(entry, "rule", "?", text, sizeof text));
        if (fired == 0)
            fprintf(out, "NEVER FIRED");
        else
            fprintf(out, "fired %" PRIu64 " time%s", fired, fired == 1 ? "" : "s");
        uint64_t matched = member_get_count(entry, "matched");
        fprintf(out, ", %" PRIu64 " call%s matched\n", matched, matched == 1 ? "" : "s");
    }
}

/* What was not seen, done or proved, each with what to do about it. */
static void print_doubts(FILE *out, const json_t *result)
{
    const json_t *doubts = json_object_get(result, "doubts"), *entry;
    char text[FIELD];
    size_t i;
    if (json_array_size(doubts) > 0)
        fprintf(out, "\ndoubts: %zu\n", json_array_size(doubts));
    json_array_foreach(doubts, i, entry) {
        fprintf(out, "  %" PRIu64 "x %s: ", member_get_count(entry, "count"),
                member_get_text(entry, "kind", "?", text, sizeof text));
        fprintf(out, "%s\n", member_get_text(entry, "means", "", text, sizeof text));
        fprintf(out, "     %s\n", member_get_text(entry, "do", "", text, sizeof text));
    }
}

/* What is known, but has not come: perhaps it is mended. */
void report_text_gone(FILE *out, const json_t *result)
{
    const json_t *list = json_object_get(result, "known"), *one;
    char since[32], text[2 * FIELD], line[4 * FIELD], reason[FIELD];
    size_t i, n = 0;
    json_array_foreach(list, i, one) {
        if (member_get_count(one, "came") > 0)
            continue;
        if (n++ == 0)
            fputs("\nknown, but did not come:\n", out);
        snprintf(line, sizeof line, "%s (since %s: %s)",
                 member_get_text(one, "bucket", "?", text, sizeof text),
                 member_get_text(one, "since", "?", since, sizeof since),
                 member_get_text(one, "reason", "?", reason, sizeof reason));
        print_whole(out, "  ", "     ", line);
    }
}

static void print_limits(FILE *out, const json_t *result)
{
    const json_t *list = json_object_get(result, "limits"), *one;
    char limit[FIELD], measured[FIELD];
    size_t i;
    if (json_array_size(list) > 0)
        fprintf(out, "\nlimits: %zu\n", json_array_size(list));
    json_array_foreach(list, i, one)
        fprintf(out, "  %s: %s%s\n", member_get_text(one, "limit", "?", limit, sizeof limit),
                member_get_text(one, "measured", "?", measured, sizeof measured),
                json_is_true(json_object_get(one, "kept")) ? "" : ", NOT KEPT");
}

/* ---- the report -------------------------------------------------------------------------- */

/* "shard 3 of 8", or how many shards were merged; nothing for the whole. */
static void print_shards(FILE *out, const json_t *result)
{
    const json_t *shard = json_object_get(result, "shard");
    const json_t *fleet = json_object_get(result, "fleet");
    if (shard)
        fprintf(out, "shard %" PRIu64 " of %" PRIu64 "\n", member_get_count(shard, "number"),
                member_get_count(shard, "count"));
    if (fleet)
        fprintf(out, "merged: %" PRIu64 " of %" PRIu64 " shards, %" PRIu64 " director%s\n",
                member_get_count(fleet, "complete"), member_get_count(fleet, "shards"),
                member_get_count(fleet, "directories"),
                member_get_count(fleet, "directories") == 1 ? "y" : "ies");
}

static void print_head(FILE *out, const json_t *result)
{
    char version[64], text[FIELD], seed[64], environment[64];
    fprintf(out, "stress-supervisor %s",
            member_get_text(result, "version", "?", version, sizeof version));
    if (*member_get_text(result, "seed", "", seed, sizeof seed))
        fprintf(out, "  seed %s", seed);
    fprintf(out, "\n%s %s", tests_subject(result),
            member_get_text(result, tests_subject(result), "?", text, sizeof text));
    member_get_text(result, "environment", "", environment, sizeof environment);
    if (*environment)
        fprintf(out, " (environment %s)", environment);
    fputc('\n', out);
    print_shards(out, result);
    if (json_is_false(json_object_get(result, "complete")))
        fprintf(out, "incomplete: %s\n", member_get_text(result, "reason", "", text, sizeof text));
}

/* The events of a run that was cut off do not tell all outcomes. */
const char *report_outcomes(const json_t *operations, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < OUTCOMES && used < size; i++) {
        uint64_t n = member_get_count(operations, outcomes[i].key);
        if (!json_object_get(operations, outcomes[i].key))
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64, i > 0 ? ", " : "", n);
        if (i == 0 && member_get_count(operations, "target") && used < size)
            used += (size_t)snprintf(text + used, size - used, " of %" PRIu64,
                                     member_get_count(operations, "target"));
        if (used < size)
            used += (size_t)snprintf(text + used, size - used, " %s", outcomes[i].title);
    }
    return text;
}

static void print_sums(FILE *out, const json_t *result)
{
    const json_t *operations = json_object_get(result, "operations");
    const json_t *reset_time = json_object_get(result, "reset_time");
    char text[256], line[sizeof text + 16];
    uint64_t resets = member_get_count(result, "resets");
    snprintf(line, sizeof line, "operations: %s",
             report_outcomes(operations, text, sizeof text));
    print_whole(out, "", "     ", line);
    fprintf(out, "time: %s",
            text_format_seconds(member_get_real(result, "duration_s"), text, sizeof text));
    fprintf(out, "  generations: %" PRIu64 "  resets: %" PRIu64,
            member_get_count(result, "generations"), resets);
    if (resets && reset_time) {
        fprintf(out, " (%s in all",
                text_format_seconds(member_get_real(reset_time, "total_s"), text, sizeof text));
        fprintf(out, ", longest %s)",
                text_format_seconds(member_get_real(reset_time, "max_s"), text, sizeof text));
    }
    fputc('\n', out);
    if (member_get_count(result, "supervisors") > 1)
        fprintf(out, "supervisors started: %" PRIu64 "\n", member_get_count(result, "supervisors"));
    if (member_get_count(result, "strays"))
        fprintf(out, "processes left behind (killed): %" PRIu64 "\n",
                member_get_count(result, "strays"));
}

void report_text(FILE *out, const json_t *result, bool colour, unsigned columns)
{
    width = columns;
    char verdict[32], text[FIELD];
    member_get_text(result, "verdict", "none yet", verdict, sizeof verdict);
    member_get_text(result, "reason", "", text, sizeof text);
    print_head(out, result);
    if (tests_are(result)) {
        if (tests_are_matrix(result))
            grid_text(out, result, width);
        tests_text(out, result);
        print_doubts(out, result);
    } else if (enumeration_is(result)) {
        report_text_points(out, result);
        print_doubts(out, result);
        print_limits(out, result);
        report_text_crashes(out, result);
        report_text_gone(out, result);
    } else {
        print_sums(out, result);
        print_actors(out, result);
        print_injections(out, result);
        print_doubts(out, result);
        print_limits(out, result);
        print_findings(out, result);
        report_text_gone(out, result);
    }
    const char *begin = !colour ? "" : strcmp(verdict, "passed") == 0 ? "\033[32m" : "\033[31m";
    fprintf(out, "\nverdict: %s%s%s%s%s\n", begin, verdict, colour ? "\033[0m" : "",
            *text ? ": " : "", text);
}
