/* SPDX-License-Identifier: MIT
 * fold.c: see fold.h.
 */
#include "merge/fold.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "merge/parts.h"
#include "report/report.h"

/* One directory with its result. */
struct try {
    const struct source *source; /* NULL: none */
    json_t *result;              /* Owned */
    bool settled;
};

static const char *const parts_names[MERGE_KINDS] = { [MERGE_CRASH] = "points",
                                                      [MERGE_SUITE] = "cases" };

static int no_memory(struct error *error)
{
    error_set(error, ENOMEM, "cannot merge");
    return CLI_HARNESS;
}

static void try_free(struct try *try)
{
    json_decref(try->result);
    *try = (struct try){ .source = NULL };
}

/* ---- one directory ------------------------------------------------------------------------ */

/* Keeps the members of the first result, apart from those that are of its share alone. */
static int take_base(struct merge *merge, const json_t *result)
{
    static const char *const others[] = { "findings", "points", "cases", "shard", "machine" };
    if (merge->base)
        return 0;
    merge->base = json_copy((json_t *)(uintptr_t)result);
    for (size_t i = 0; merge->base && i < sizeof others / sizeof *others; i++)
        json_object_del(merge->base, others[i]);
    return merge->base ? 0 : -1;
}

/* What the merged result says of this directory. */
static void note(struct merge *merge, const struct source *source, const json_t *result,
                 bool complete)
{
    char text[256], real[PATH_MAX];
    json_t *one = json_object();
    member_count(&one, "number", source->number);
    member_text(&one, "machine", member_get_text(result, "machine", "", text, sizeof text));
    member_text(&one, "directory", realpath(source->path, real) ? real : source->path);
    member_text(&one, "seed", member_get_text(result, "seed", "", text, sizeof text));
    member_text(&one, "verdict", complete ? member_get_text(result, "verdict", "", text,
                                                            sizeof text) : "cut off");
    member_set(&one, "duration_s", json_real(member_get_real(result, "duration_s")));
    member_append(&merge->shards, one);
    fleet_note(&merge->fleet, source->number, result, complete);
}

static int add_rows(struct merge *merge, const json_t *result)
{
    for (unsigned i = 0; i < ROWS_TABLES; i++)
        if (rows_add(&merge->rows[i], (enum rows_table)i, result) < 0)
            return -1;
    return 0;
}

/* Appends the parts. Points name their findings, which have other numbers now. */
static int add_parts(struct merge *merge, const struct try *try)
{
    const json_t *list = json_object_get(try->result, parts_names[merge->kind]);
    json_t *numbers = json_object(), *part;
    char id[32];
    size_t i;
    buckets_numbers(&merge->buckets, try->result, numbers);
    json_array_foreach(list, i, part) {
        snprintf(id, sizeof id, "%llu", (unsigned long long)member_get_count(part, "finding"));
        json_t *number = json_object_get(numbers, id), *copy = json_copy(part);
        if (number)
            member_set(&copy, "finding", json_incref(number));
        if (merge->kind == MERGE_SUITE)
            member_text(&copy, "directory", try->source->path);
        member_append(&merge->parts, copy);
    }
    json_decref(numbers);
    return merge->parts ? 0 : -1;
}

static int add(struct merge *merge, const struct try *try, struct error *error)
{
    int at FD_CLEANUP = source_open(try->source->path, error);
    if (at < 0)
        return CLI_USAGE;
    if (take_base(merge, try->result) < 0)
        return no_memory(error);
    sums_add(&merge->sums, try->result);
    if (merge->kind == MERGE_RUN) {
        axis_add(&merge->axis, at);
        if (add_rows(merge, try->result) < 0)
            return no_memory(error);
    }
    if (buckets_add(&merge->buckets, try->result, at, try->source->path) < 0)
        return no_memory(error);
    return merge->kind != MERGE_RUN && add_parts(merge, try) < 0 ? no_memory(error) : 0;
}

/* ---- one share ---------------------------------------------------------------------------- */

static int load(struct merge *merge, const struct source *source, struct try *ret,
                struct error *error)
{
    bool complete;
    char shown[256];
    int at FD_CLEANUP = source_open(source->path, error);
    *ret = (struct try){ .source = source };
    if (at < 0)
        return CLI_USAGE;
    text_copy(shown, sizeof shown, source->path);
    int status = report_load(at, shown, &ret->result, &complete, error);
    if (status != 0)
        return status;
    if (complete && source_confirm(source, ret->result, error) < 0)
        return CLI_HARNESS;
    note(merge, source, ret->result, complete);
    ret->settled = fleet_is_settled(fleet_state_of(ret->result, complete));
    return 0;
}

/* Refuses a second outcome, which would count twice. */
static int check_only(const struct source *settled, const struct source *source,
                      struct error *error)
{
    char shown[2][200];
    if (!settled)
        return 0;
    text_copy(shown[0], sizeof shown[0], settled->path);
    text_copy(shown[1], sizeof shown[1], source->path);
    error_set(error, 0, "'%s' and '%s' are both shard %u, and complete: give one of them",
              shown[0], shown[1], source->number);
    return CLI_USAGE;
}

static size_t parts_of(const struct merge *merge, const struct try *try)
{
    return json_array_size(json_object_get(try->result, parts_names[merge->kind]));
}

/* Is the later try to replace what is known of its share? */
static bool is_better(const struct merge *merge, const struct try *try, const struct try *best)
{
    return !best->source || try->settled ||
           (!best->settled && parts_of(merge, try) > parts_of(merge, best));
}

/* A run counts at once. Of others the best is kept in *best. */
static int take(struct merge *merge, struct try *try, struct try *best, struct error *error)
{
    if (merge->kind == MERGE_RUN)
        return add(merge, try, error);
    if (!is_better(merge, try, best))
        return 0;
    try_free(best);
    *best = *try;
    *try = (struct try){ .source = NULL };
    return 0;
}

int fold_share(struct merge *merge, size_t first, size_t n, struct error *error)
{
    struct try best = { .source = NULL };
    const struct source *settled = NULL;
    int status = 0;
    for (size_t i = first; i < first + n && status == 0; i++) {
        struct try try;
        if (merge->sources[i].number == 0)
            continue;
        status = load(merge, &merge->sources[i], &try, error);
        if (status == 0 && try.settled) {
            status = check_only(settled, try.source, error);
            settled = try.source;
        }
        if (status == 0)
            status = take(merge, &try, &best, error);
        try_free(&try);
    }
    if (status == 0 && best.source)
        status = add(merge, &best, error);
    try_free(&best);
    return status;
}
