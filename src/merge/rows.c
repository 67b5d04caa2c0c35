/* SPDX-License-Identifier: MIT
 * rows.c: see rows.h.
 */
#include "merge/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "inject/inject.h"
#include "record/record.h"

enum { COUNTS = 8, NAME = 600, MOST_ROWS = 1 << 16 };

struct rows_row {
    json_t *json;                /* of the first result that has it, with the sums. Owned */
    struct histogram *latency;   /* Owned; NULL: the table has none */
};

#define OPERATIONS "counted", "uncounted", "failed", "indeterminate", "resets"

/* What the members of a row mean. */
static const struct table {
    const char *name, *keys[2];  /* its rows are told apart by these */
    const char *counts[COUNTS];  /* added up */
    const char *most;            /* the largest counts; NULL: none */
    const char *flags[2];        /* true if one is */
    bool latency, rate;
    bool optional;
    const char *kept, *text;     /* true if all are; the texts of those that decide that */
} tables[ROWS_TABLES] = {
    [ROWS_ACTORS] = { .name = "actors", .keys = { "name", NULL },
                      .counts = { OPERATIONS, "restarts" },
                      .flags = { "saboteur", "retired" }, .latency = true, .rate = true },
    [ROWS_TYPES] = { .name = "types", .keys = { "name", NULL },
                     .counts = { OPERATIONS, "restarts" }, .most = "actors",
                     .flags = { "saboteur", "retired" }, .latency = true, .rate = true },
    [ROWS_ACTIONS] = { .name = "actions", .keys = { "type", "action" },
                       .counts = { "seen", "counted", "uncounted", "resets", "failed" },
                       .latency = true },
    [ROWS_INJECTIONS] = { .name = "injections", .keys = { "rule", NULL },
                          .counts = { "matched", "fired" } },
    [ROWS_KNOWN] = { .name = "known", .keys = { "bucket", NULL }, .counts = { "came" },
                     .optional = true },
    [ROWS_LIMITS] = { .name = "limits", .keys = { "limit", NULL }, .optional = true,
                      .kept = "kept", .text = "measured" },
};

const char *rows_name(enum rows_table table)
{
    return tables[table].name;
}

bool rows_is_optional(enum rows_table table)
{
    return tables[table].optional;
}

size_t rows_silent(const struct rows *rows)
{
    struct preset_rule *rules = calloc(rows->n + 1, sizeof *rules);
    size_t silent = 0;
    for (size_t i = 0; rules && i < rows->n; i++) {
        const char *text = json_string_value(json_object_get(rows->list[i].json, "rule"));
        rules[i] = (struct preset_rule){
            .text = text ? text : "", .fired = member_get_count(rows->list[i].json, "fired") > 0 };
    }
    if (rules)
        silent = preset_silent(rules, rows->n);
    free(rules);
    return silent;
}

static const char *name_of(const struct table *table, const json_t *entry, char name[NAME])
{
    char part[2][NAME / 2 - 8];
    for (int i = 0; i < 2; i++)
        member_get_text(entry, table->keys[i] ? table->keys[i] : "", "", part[i], sizeof part[i]);
    snprintf(name, NAME, "%s\n%s", part[0], part[1]);
    return name;
}

/* A new row: that of its first result, with nothing added up yet. */
static struct rows_row *append(struct rows *rows, const struct table *table, const json_t *entry,
                               const char *name)
{
    struct rows_row *more = rows->n < MOST_ROWS
                                ? realloc(rows->list, (rows->n + 1) * sizeof *more) : NULL;
    if (!more)
        return NULL;
    rows->list = more;
    struct histogram *latency = table->latency ? calloc(1, sizeof *latency) : NULL;
    rows->list[rows->n] = (struct rows_row){ json_copy((json_t *)(uintptr_t)entry), latency };
    struct rows_row *row = &rows->list[rows->n];
    if (!rows->numbers)
        rows->numbers = json_object();
    member_set(&rows->numbers, name, json_integer((json_int_t)rows->n));
    rows->n++;
    for (int i = 0; i < COUNTS && table->counts[i]; i++)
        member_count(&row->json, table->counts[i], 0);
    if (table->kept) {
        member_set(&row->json, table->kept, json_true());
        member_text(&row->json, table->text, "");
    }
    return row->json && rows->numbers && (latency || !table->latency) ? row : NULL;
}

static uint64_t sum_of(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Is it one of the words of text_add_word()? */
static bool has_word(const char *all, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = strstr(all, word); at; at = strstr(at + 1, word))
        if ((at == all || at[-1] == ' ') && (at[length] == '\0' || at[length] == ','))
            return true;
    return false;
}

/* Of a limit the values of all shards, or of those that did not keep it. */
static void add_kept(struct rows_row *row, const struct table *table, const json_t *entry)
{
    char all[NAME], one[128];
    bool kept = json_is_true(json_object_get(entry, table->kept));
    bool before = json_is_true(json_object_get(row->json, table->kept));
    member_get_text(entry, table->text, "?", one, sizeof one);
    member_get_text(row->json, table->text, "", all, sizeof all);
    if (kept && !before)
        return;
    if (!kept && before)
        all[0] = '\0';
    if (!has_word(all, one))
        text_add_word(all, sizeof all, one);
    member_text(&row->json, table->text, all);
    member_set(&row->json, table->kept, json_boolean(kept));
}

static void add(struct rows_row *row, const struct table *table, const json_t *entry)
{
    for (int i = 0; i < COUNTS && table->counts[i]; i++)
        member_count(&row->json, table->counts[i],
                     sum_of(member_get_count(row->json, table->counts[i]),
                            member_get_count(entry, table->counts[i])));
    if (table->most &&
        member_get_count(entry, table->most) > member_get_count(row->json, table->most))
        member_count(&row->json, table->most, member_get_count(entry, table->most));
    for (int i = 0; i < 2 && table->flags[i]; i++)
        if (json_is_true(json_object_get(entry, table->flags[i])))
            member_set(&row->json, table->flags[i], json_true());
    if (row->latency)
        counters_add_latency(row->latency, json_object_get(entry, "latency_ns"));
    if (table->kept)
        add_kept(row, table, entry);
}

int rows_add(struct rows *rows, enum rows_table which, const json_t *result)
{
    const struct table *table = &tables[which];
    const json_t *list = json_object_get(result, table->name), *entry;
    char name[NAME];
    size_t i;
    json_array_foreach(list, i, entry) {
        if (!json_is_object(entry))
            continue;
        const json_t *number = json_object_get(rows->numbers, name_of(table, entry, name));
        struct rows_row *row = number ? &rows->list[json_integer_value(number)]
                                      : append(rows, table, entry, name);
        if (!row)
            return -1;
        add(row, table, entry);
        if (!row->json)
            return -1;
    }
    return 0;
}

json_t *rows_json(const struct rows *rows, enum rows_table which, double duration_s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rows->n; i++) {
        json_t *row = json_copy(rows->list[i].json);
        double counted = (double)member_get_count(row, "counted");
        if (tables[which].rate)
            member_set(&row, "rate_per_s", json_real(duration_s > 1e-9 ? counted / duration_s : 0));
        if (rows->list[i].latency)
            member_set(&row, "latency_ns", counters_latency(rows->list[i].latency));
        member_append(&list, row);
    }
    return list;
}

void rows_free(struct rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        json_decref(rows->list[i].json);
        free(rows->list[i].latency);
    }
    free(rows->list);
    json_decref(rows->numbers);
    *rows = (struct rows){ .n = 0 };
}
