/* SPDX-License-Identifier: MIT
 * text_crash.c: see text_crash.h.
 */
#include "report/text_crash.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "record/record.h"
#include "report/enumeration.h"
#include "report/story.h"

enum { WIDTH = 80, NAME_WIDTH = 18 };

/* ---- text in columns ---------------------------------------------------------------------- */

/* The length of the word that the text begins with, in bytes; *ret_columns: on the screen. */
static size_t word_of(const char *text, size_t *ret_columns)
{
    size_t n = strcspn(text, " ");
    *ret_columns = 0;
    for (size_t i = 0; i < n; i++)
        *ret_columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

/* Prints a text in lines of WIDTH columns; a word that is longer has a line of its own. `column`:
 * where it begins; all other lines begin at `indent`. */
static void print_wrapped(FILE *out, size_t column, size_t indent, const char *text)
{
    bool first = true;
    for (size_t n, columns; *text != '\0'; text += n) {
        text += strspn(text, " ");
        n = word_of(text, &columns);
        if (!first && column + 1 + columns > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        fprintf(out, "%s%.*s", first ? "" : " ", (int)n, text);
        column += columns + !first;
        first = false;
    }
    fputc('\n', out);
}

/* Prints a paragraph with a mark before its first line. */
static void print_paragraph(FILE *out, const char *mark, size_t indent, const char *text)
{
    size_t begin = indent + strlen(mark);
    fprintf(out, "%*s%s", (int)indent, "", mark);
    print_wrapped(out, begin, indent, text);
}

/* ---- the tables --------------------------------------------------------------------------- */

static void print_calls(FILE *out, const json_t *result)
{
    static const char *const keys[] = { "points", "runs", "ok", "findings", "not_reached",
                                        "errors" };
    const json_t *calls = json_object_get(result, "calls"), *call;
    char name[64];
    size_t i;
    if (json_array_size(calls) == 0)
        return;
    fprintf(out, "\n  %-*s %8s %8s %8s %8s %12s %7s\n", NAME_WIDTH, "call", "points", "runs", "ok",
            "findings", "not reached", "errors");
    json_array_foreach(calls, i, call) {
        fprintf(out, "  %-*s", NAME_WIDTH, member_get_text(call, "call", "?", name, sizeof name));
        for (unsigned k = 0; k < sizeof keys / sizeof keys[0]; k++)
            fprintf(out, " %*" PRIu64, k < 4 ? 8 : k == 4 ? 12 : 7,
                    member_get_count(call, keys[k]));
        fputc('\n', out);
    }
}

static void print_cells(FILE *out, const char *name, const struct enumeration_cell *cells,
                        size_t n)
{
    char text[48];
    fprintf(out, "  %-*s", NAME_WIDTH, name);
    for (size_t m = 0; m < n; m++) {
        snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64, cells[m].bad, cells[m].judged);
        fprintf(out, " %11s", cells[m].judged ? text : "-");
    }
    fputc('\n', out);
}

static void print_models(FILE *out, const json_t *result)
{
    struct enumeration enumeration;
    enumeration_load(&enumeration, result);
    if (enumeration.calls.n > 0) {
        fprintf(out, "\nbad of judged, by model:\n  %-*s", NAME_WIDTH, "call");
        for (size_t m = 0; m < enumeration.n_models; m++)
            fprintf(out, " %11s", enumeration.model[m]);
        fputc('\n', out);
        for (uint32_t row = 0; row < enumeration.calls.n; row++)
            print_cells(out, enumeration.calls.name[row], enumeration.cells[row],
                        enumeration.n_models);
        print_cells(out, "all", enumeration.sums, enumeration.n_models);
    }
    enumeration_free(&enumeration);
}

void report_text_points(FILE *out, const json_t *result)
{
    char method[ENUMERATION_TEXT], models[ENUMERATION_TEXT];
    print_paragraph(out, "crash points: ", 0, enumeration_method(result, method, sizeof method));
    if (*enumeration_models(json_object_get(result, "models"), models, sizeof models))
        print_paragraph(out, "models: ", 0, models);
    print_calls(out, result);
    print_models(out, result);
}

/* ---- the findings ------------------------------------------------------------------------- */

/* Prints a command of any length. NULL: there is none. */
static void print_command(FILE *out, const char *command)
{
    size_t size = command ? strlen(command) + 1 : 0;
    char *text = command ? malloc(size) : NULL;
    if (!text)
        return;
    text_copy(text, size, command);
    fprintf(out, "     %s\n", text);
    free(text);
}

static void print_finding(FILE *out, const json_t *finding, const char *unit)
{
    char text[ENUMERATION_TEXT], kind[64], line[ENUMERATION_TEXT + 80];
    uint64_t count = enumeration_count(finding);
    enumeration_headline(finding, text, sizeof text);
    snprintf(line, sizeof line, "%" PRIu64 " %s%s%s%s", count, unit, count == 1 ? "" : "s",
             *text ? ": " : "", text);
    fputs("  ", out);
    print_wrapped(out, 2, 5, line);
    snprintf(line, sizeof line, "%s: %s", member_get_text(finding, "kind", "?", kind, sizeof kind),
             member_get_text(finding, "title", "", text, sizeof text));
    print_paragraph(out, "", 5, line);
    if (*finding_known_text(finding, text, sizeof text))
        print_paragraph(out, "", 5, text);
    if (*enumeration_stack(finding, "lost", text, sizeof text))
        print_paragraph(out, "lost step: ", 5, text);
    if (*enumeration_stack(finding, "kept", text, sizeof text))
        print_paragraph(out, "kept step: ", 5, text);
    if (*enumeration_repair(finding, text, sizeof text))
        print_paragraph(out, "repair: ", 5, text);
    if (*member_get_text(finding, "directory", "", text, sizeof text))
        fprintf(out, "     %s\n", text);
    print_command(out, json_string_value(json_object_get(finding, "reproduce")));
}

void report_text_crashes(FILE *out, const json_t *result)
{
    size_t n;
    const json_t **sorted = report_sorted_findings(result, &n);
    const char *unit = json_is_object(json_object_get(result, "states")) ? "state" : "run";
    if (n > 0)
        fprintf(out, "\nfindings: %zu\n", n);
    for (size_t i = 0; i < n; i++)
        print_finding(out, sorted[i], unit);
    free(sorted);
}
