/* SPDX-License-Identifier: MIT
 * parts.c: see parts.h.
 */
#include "merge/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"

enum { NAME = 64 };

static bool has_verdict(const json_t *part, const char *verdict)
{
    char text[NAME];
    return strcmp(member_get_text(part, "verdict", "", text, sizeof text), verdict) == 0;
}

/* ---- points ------------------------------------------------------------------------------- */

/* What a point has in common in all shares: its address without the directory of its file. */
static void name_of(const json_t *point, char *to, size_t size)
{
    const json_t *address = json_object_get(point, "address");
    char path[512], masked[512], actor[NAME], server[NAME], action[NAME], call[NAME];
    member_get_text(address, "path", "", path, sizeof path);
    const char *slash = strrchr(path, '/');
    text_without_numbers(masked, sizeof masked, slash ? slash : path);
    snprintf(to, size, "%s %s %s %llu %s %llu %s",
             member_get_text(address, "actor", "", actor, sizeof actor),
             member_get_text(address, "server", "", server, sizeof server),
             member_get_text(address, "action", "", action, sizeof action),
             (unsigned long long)member_get_count(address, "operation"),
             member_get_text(address, "call", "?", call, sizeof call),
             (unsigned long long)member_get_count(address, "ordinal"), masked);
}

static void count(json_t **row, const char *key, uint64_t n)
{
    member_count(row, key, member_get_count(*row, key) + n);
}

/* The row of a call in `rows`, which it is added to if it is new. NULL: no memory. */
static json_t *row_of(json_t *rows, const char *call)
{
    static const char *const counts[] = { "points", "runs", "ok", "findings", "not_reached",
                                          "errors" };
    json_t *row = json_object_get(rows, call);
    if (row)
        return row;
    row = json_object();
    member_text(&row, "call", call);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        member_count(&row, counts[i], 0);
    return row && json_object_set_new(rows, call, row) == 0 ? row : NULL;
}

static void add_point(json_t *row, const json_t *point, json_t *known)
{
    static const char *const verdicts[][2] = { { "ok", "ok" }, { "finding", "findings" },
                                               { "not-reached", "not_reached" },
                                               { "error", "errors" } };
    char name[1024];
    name_of(point, name, sizeof name);
    if (!json_object_get(point, "recovery") && !json_object_get(known, name)) {
        json_object_set_new(known, name, json_true());
        count(&row, "points", 1);
    }
    count(&row, "runs", !has_verdict(point, "untried"));
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        count(&row, verdicts[i][1], has_verdict(point, verdicts[i][0]));
}

json_t *parts_calls(const json_t *points)
{
    json_t *rows = json_object(), *known = json_object(), *list = json_array(), *row;
    const json_t *point;
    const char *key;
    char call[NAME];
    size_t i;
    json_array_foreach(points, i, point) {
        member_get_text(json_object_get(point, "address"), "call", "?", call, sizeof call);
        row = rows && known ? row_of(rows, call) : NULL;
        if (row)
            add_point(row, point, known);
    }
    json_object_foreach(rows, key, row)
        member_append(&list, json_incref(row));
    json_decref(rows);
    json_decref(known);
    return list;
}

uint64_t parts_planned(const json_t *points)
{
    const json_t *point;
    size_t i, n = 0;
    json_array_foreach(points, i, point)
        n += !json_object_get(point, "recovery");
    return n;
}

/* ---- cases -------------------------------------------------------------------------------- */

static int by_line(const void *a, const void *b)
{
    const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
    char files[2][512];
    int order = strcmp(member_get_text(left, "file", "", files[0], sizeof files[0]),
                       member_get_text(right, "file", "", files[1], sizeof files[1]));
    uint64_t lines[2] = { member_get_count(left, "line"), member_get_count(right, "line") };
    uint64_t numbers[2] = { member_get_count(left, "number"), member_get_count(right, "number") };
    return order ? order : lines[0] != lines[1] ? (lines[0] < lines[1] ? -1 : 1)
                         : (numbers[0] > numbers[1]) - (numbers[0] < numbers[1]);
}

json_t *parts_sorted(const json_t *cases)
{
    size_t n = json_array_size(cases);
    json_t **list = calloc(n + 1, sizeof *list), *sorted = json_array();
    for (size_t i = 0; list && i < n; i++)
        list[i] = json_array_get(cases, i);
    if (list)
        qsort(list, n, sizeof *list, by_line);
    for (size_t i = 0; list && i < n; i++)
        member_append(&sorted, json_incref(list[i]));
    if (!list) {
        json_decref(sorted);
        sorted = NULL;
    }
    free(list);
    return sorted;
}

static size_t number_of(const json_t *cases, const char *verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(cases); i++)
        n += has_verdict(json_array_get(cases, i), verdict);
    return n;
}

void parts_set_sums(json_t **result, const json_t *cases)
{
    static const char *const sums[][2] = { { "passed", "passed" }, { "failed", "failed" },
                                           { "errors", "error" }, { "skipped", "skipped" },
                                           { "untried", "untried" } };
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        member_count(result, sums[i][0], number_of(cases, sums[i][1]));
}

bool parts_failed(const json_t *cases)
{
    return number_of(cases, "failed") > 0;
}

bool parts_only_skipped(const json_t *cases)
{
    return json_array_size(cases) > 0 && number_of(cases, "skipped") == json_array_size(cases);
}
