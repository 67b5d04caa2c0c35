/* SPDX-License-Identifier: MIT
 * html_tables.c: see html_tables.h.
 */
#include "report/html_tables.h"

#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"

enum { MANY = 64 }; /* with more actors than this there is one row for each type */

enum column_kind { COLUMN_NAME, COLUMN_TEXT, COLUMN_COUNT, COLUMN_RATE, COLUMN_LATENCY,
                   COLUMN_FIRED, COLUMN_YES };

struct column {
    const char *title, *key;
    enum column_kind kind;
};

static void head(FILE *out, const char *title, const struct column *columns, size_t n)
{
    fprintf(out, "<h2>%s</h2>\n<div class=\"scroll\"><table>\n<thead><tr>", title);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "<th%s>%s</th>", columns[i].kind == COLUMN_NAME ? " class=\"text name\""
                : columns[i].kind == COLUMN_TEXT ? " class=\"text\"" : "", columns[i].title);
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void foot(FILE *out)
{
    fputs("</tbody></table></div>\n", out);
}

static void cell(FILE *out, const json_t *row, const struct column *column)
{
    char text[32];
    const json_t *latency = json_object_get(row, "latency_ns");
    uint64_t value = member_get_count(column->kind == COLUMN_LATENCY ? latency : row, column->key);
    double rate = member_get_real(row, column->key);
    switch (column->kind) {
    case COLUMN_NAME: /* it stays in sight */
    case COLUMN_TEXT:
        fprintf(out, "<td class=\"text%s\">", column->kind == COLUMN_NAME ? " name" : "");
        markup_line(out, json_string_value(json_object_get(row, column->key)));
        break;
    case COLUMN_RATE:
        fprintf(out, "<td>%.*f", rate < 100 ? 1 : 0, rate);
        break;
    case COLUMN_LATENCY:
        fprintf(out, "<td>%s", value ? text_format_duration(value, text, sizeof text) : "–");
        break;
    case COLUMN_FIRED: /* a rule that never fired has shown nothing */
        if (value == 0) {
            fputs("<td><b>never</b>", out);
            break;
        }
        fprintf(out, "<td>%" PRIu64, value);
        break;
    case COLUMN_YES:
        fputs(json_is_true(json_object_get(row, column->key)) ? "<td>yes" : "<td><b>no</b>", out);
        break;
    case COLUMN_COUNT:
        fprintf(out, "<td>%" PRIu64, value);
        break;
    }
    fputs("</td>", out);
}

static void row(FILE *out, const json_t *object, const struct column *columns, size_t n)
{
    fputs("<tr>", out);
    for (size_t i = 0; i < n; i++)
        cell(out, object, &columns[i]);
    fputs("</tr>\n", out);
}

static void rows(FILE *out, const json_t *list, const struct column *columns, size_t n)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_object(json_array_get(list, i)))
            row(out, json_array_get(list, i), columns, n);
}

static const struct column actor_columns[] = {
    { "actor", "name", COLUMN_NAME },        { "counted", "counted", COLUMN_COUNT },
    { "uncounted", "uncounted", COLUMN_COUNT }, { "failed", "failed", COLUMN_COUNT },
    { "reset", "resets", COLUMN_COUNT },     { "indeterminate", "indeterminate", COLUMN_COUNT },
    { "restarts", "restarts", COLUMN_COUNT }, { "per s", "rate_per_s", COLUMN_RATE },
    { "p50", "p50", COLUMN_LATENCY },        { "p90", "p90", COLUMN_LATENCY },
    { "p99", "p99", COLUMN_LATENCY },        { "p99.9", "p999", COLUMN_LATENCY },
    { "max", "max", COLUMN_LATENCY }
};
static const struct column action_columns[] = {
    { "actor type", "type", COLUMN_NAME },  { "action", "action", COLUMN_TEXT },
    { "seen", "seen", COLUMN_COUNT },       { "counted", "counted", COLUMN_COUNT },
    { "uncounted", "uncounted", COLUMN_COUNT }, { "resets", "resets", COLUMN_COUNT },
    { "failed", "failed", COLUMN_COUNT },   { "p50", "p50", COLUMN_LATENCY },
    { "p99", "p99", COLUMN_LATENCY },       { "max", "max", COLUMN_LATENCY }
};
static const struct column injection_columns[] = {
    { "rule", "rule", COLUMN_TEXT },        { "matched", "matched", COLUMN_COUNT },
    { "fired", "fired", COLUMN_FIRED }
};
static const struct column call_columns[] = {
    { "call", "call", COLUMN_NAME },         { "points", "points", COLUMN_COUNT },
    { "runs", "runs", COLUMN_COUNT },        { "ok", "ok", COLUMN_COUNT },
    { "findings", "findings", COLUMN_COUNT }, { "not reached", "not_reached", COLUMN_COUNT },
    { "errors", "errors", COLUMN_COUNT }
};
static const struct column doubt_columns[] = {
    { "doubt", "kind", COLUMN_TEXT },       { "count", "count", COLUMN_COUNT },
    { "what it means", "means", COLUMN_TEXT }, { "what to do", "do", COLUMN_TEXT }
};
static const struct column limit_columns[] = {
    { "limit", "limit", COLUMN_TEXT },      { "kept", "kept", COLUMN_YES },
    { "measured", "measured", COLUMN_TEXT }
};
static const struct column known_columns[] = {
    { "known finding", "bucket", COLUMN_TEXT }, { "since", "since", COLUMN_TEXT },
    { "came", "came", COLUMN_COUNT },       { "reason", "reason", COLUMN_TEXT }
};
#define COLUMNS(of) of, sizeof(of) / sizeof(of)[0]

/* Prints the names of the objects whose member `key` is true. */
static void marked(FILE *out, const char *title, const json_t *list, const char *key)
{
    unsigned n = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (!json_is_true(json_object_get(one, key)) || n > MANY)
            continue;
        fprintf(out, n++ == 0 ? "<p class=\"note\">%s: " : ", ", title);
        markup_line(out, n > MANY ? "..." : json_string_value(json_object_get(one, "name")));
    }
    fputs(n > 0 ? "</p>\n" : "", out);
}

/* Prints a table, if it has rows. Returns whether it has. */
static bool table(FILE *out, const char *title, const json_t *list, const struct column *columns,
                  size_t n)
{
    if (json_array_size(list) == 0)
        return false;
    head(out, title, columns, n);
    rows(out, list, columns, n);
    foot(out);
    return true;
}

void report_html_calls(FILE *out, const json_t *result)
{
    table(out, "Points by call", json_object_get(result, "calls"), COLUMNS(call_columns));
}

void report_html_doubts(FILE *out, const json_t *result)
{
    if (table(out, "Doubts", json_object_get(result, "doubts"), COLUMNS(doubt_columns)))
        fputs("<p class=\"note\">What the run knows that it did not see, do or prove.</p>\n", out);
}

void report_html_tables(FILE *out, const json_t *result)
{
    const json_t *actors = json_object_get(result, "actors");
    const json_t *types = json_object_get(result, "types");
    bool many = json_array_size(actors) > MANY;
    if (json_array_size(actors) > 0) {
        head(out, many ? "Actors by type" : "Actors", COLUMNS(actor_columns));
        rows(out, many ? types : actors, COLUMNS(actor_columns));
        foot(out);
        marked(out, "saboteurs", types, "saboteur");
        marked(out, "given up", actors, "retired");
    } else {
        fputs("<p class=\"note\">No table of actors: the run was cut off.</p>\n", out);
    }
    if (table(out, "Actions", json_object_get(result, "actions"), COLUMNS(action_columns)))
        fputs("<p class=\"note\">These numbers are an estimate: each sample of the run reads the "
              "last operations of each actor. Most operations just before a reset are "
              "missing.</p>\n", out);
    table(out, "Limits", json_object_get(result, "limits"), COLUMNS(limit_columns));
    table(out, "Known findings", json_object_get(result, "known"), COLUMNS(known_columns));
    table(out, "Injections", json_object_get(result, "injections"), COLUMNS(injection_columns));
    report_html_doubts(out, result);
}
