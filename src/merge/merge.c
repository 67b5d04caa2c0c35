/* SPDX-License-Identifier: MIT
 * merge.c: the steps of `merge`: identifies the directories, adds them up, writes the whole.
 */
#include "config.h"

#include "merge/merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/format.h"
#include "merge/fold.h"
#include "merge/parts.h"
#include "merge/state.h"
#include "report/report.h"

static int no_memory(struct error *error)
{
    error_set(error, ENOMEM, "cannot merge");
    return CLI_HARNESS;
}

/* ---- the directories ---------------------------------------------------------------------- */

static int by_inode(const void *a, const void *b)
{
    const struct source *left = a, *right = b;
    if (left->device != right->device)
        return left->device < right->device ? -1 : 1;
    return left->inode < right->inode ? -1 : left->inode > right->inode;
}

/* Do they all belong together? */
static int check_fleet(struct merge *merge, struct error *error)
{
    qsort(merge->sources, merge->n, sizeof *merge->sources, by_inode);
    for (size_t i = 1; i < merge->n; i++) /* the same directory twice */
        if (by_inode(&merge->sources[i - 1], &merge->sources[i]) == 0 &&
            source_agree(&merge->sources[i - 1], &merge->sources[i], error) < 0)
            return -1;
    qsort(merge->sources, merge->n, sizeof *merge->sources, source_compare);
    const struct source *last = &merge->sources[merge->n - 1];
    if (last->number == 0)
        return error_set(error, 0, "no directory says which shard it is: all were cut off before "
                         "they began");
    for (size_t i = 0; i + 1 < merge->n; i++)
        if (source_agree(&merge->sources[i], last, error) < 0)
            return -1;
    return 0;
}

static int identify(struct merge *merge, struct error *error)
{
    static const char *const commands[MERGE_KINDS] = { "run", "crash", "suite" };
    const struct options *options = merge->options;
    merge->sources = calloc(options->n_files, sizeof *merge->sources);
    if (!merge->sources)
        return no_memory(error);
    for (; merge->n < options->n_files; merge->n++) {
        int status = source_identify(&merge->sources[merge->n], options->files[merge->n], error);
        if (status != 0)
            return status;
    }
    if (check_fleet(merge, error) < 0)
        return CLI_USAGE;
    const struct source *last = &merge->sources[merge->n - 1];
    while (merge->kind < MERGE_KINDS && strcmp(commands[merge->kind], last->command) != 0)
        merge->kind++;
    if (merge->kind == MERGE_KINDS) {
        error_set(error, 0, "'%.200s' is of '%s', which has no shards", last->path, last->command);
        return CLI_USAGE;
    }
    if (fleet_init(&merge->fleet, last->count) < 0)
        return no_memory(error);
    merge->fleet.skips = merge->kind == MERGE_SUITE;
    return 0;
}

static int fold_all(struct merge *merge, struct error *error)
{
    int status = 0;
    for (size_t first = 0, n; first < merge->n && status == 0; first += n) {
        for (n = 1; first + n < merge->n &&
                    merge->sources[first + n].number == merge->sources[first].number; n++)
            continue;
        status = fold_share(merge, first, n, error);
    }
    return status;
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void judge(struct merge *merge)
{
    uint64_t parts = merge->kind == MERGE_RUN    ? UINT64_MAX
                     : merge->kind == MERGE_CRASH ? parts_planned(merge->parts)
                                                  : json_array_size(merge->parts);
    bool found = buckets_has_unknown(&merge->buckets) || parts_failed(merge->parts);
    merge->verdict = fleet_verdict(&merge->fleet, found, parts, merge->reason,
                                   sizeof merge->reason);
    if (merge->verdict == RECORD_PASSED && parts_only_skipped(merge->parts))
        merge->verdict = RECORD_SKIPPED; /* as the whole suite */
    if (merge->rundir.failed) {
        merge->verdict = RECORD_ERROR;
        snprintf(merge->reason, sizeof merge->reason, "%.500s", merge->rundir.error.text);
    }
}

static json_t *fleet_json(const struct merge *merge)
{
    json_t *fleet = json_object();
    const struct source *last = &merge->sources[merge->n - 1];
    member_count(&fleet, "shards", merge->fleet.count);
    member_count(&fleet, "complete", fleet_settled(&merge->fleet));
    member_count(&fleet, "directories", merge->n);
    member_text(&fleet, "seed", last->seed);
    member_set(&fleet, "list", json_incref(merge->shards));
    return fleet;
}

/* What only a run has. */
static void set_run(const struct merge *merge, json_t **result)
{
    struct sums sums = merge->sums;
    if (sums.doubts.count[DOUBT_NEVER_FIRED] > 0) /* perhaps in another shard */
        sums.doubts.count[DOUBT_NEVER_FIRED] = rows_silent(&merge->rows[ROWS_INJECTIONS]);
    sums_set(&sums, result);
    for (unsigned i = 0; i < ROWS_TABLES; i++)
        if (merge->rows[i].n > 0 || !rows_is_optional((enum rows_table)i))
            member_set(result, rows_name((enum rows_table)i),
                       rows_json(&merge->rows[i], (enum rows_table)i, merge->sums.duration_s));
}

static void set_crash(const struct merge *merge, json_t **result)
{
    sums_set_doubts(&merge->sums, result);
    member_set(result, "calls", parts_calls(merge->parts));
    member_set(result, "points", json_incref(merge->parts));
}

static void set_suite(const struct merge *merge, json_t **result)
{
    parts_set_sums(result, merge->parts);
    member_set(result, "cases", parts_sorted(merge->parts));
    member_set(result, "duration_s", json_real(merge->sums.duration_s));
}

static json_t *make_result(const struct merge *merge)
{
    static void (*const set[MERGE_KINDS])(const struct merge *merge, json_t **result) = {
        set_run, set_crash, set_suite };
    const struct source *last = &merge->sources[merge->n - 1];
    json_t *result = merge->base ? json_copy(merge->base) : json_object();
    member_text(&result, "version", PACKAGE_VERSION);
    member_set(&result, "complete", json_true());
    member_text(&result, "verdict", record_verdict_text(merge->verdict));
    member_set(&result, "exit_status", json_integer(record_verdict_status(merge->verdict, 0)));
    member_text(&result, "reason", merge->reason);
    if (merge->kind == MERGE_RUN && last->count > 1) /* else it has that of its run */
        member_text(&result, "seed", last->seed);
    member_set(&result, "fleet", fleet_json(merge));
    json_object_del(result, "known"); /* this and the next are those of one shard */
    json_object_del(result, "limits");
    set[merge->kind](merge, &result);
    if (merge->kind != MERGE_SUITE)
        member_set(&result, "findings", buckets_json(&merge->buckets));
    return result;
}

static void write_events(struct merge *merge)
{
    static const char *const same[] = { "schema", "command", "workload", "environment", "seed",
                                        "started", "suite", "tested", NULL };
    json_t *start = json_object(), *end = json_object();
    member_copy(&start, merge->base, same);
    if (merge->kind == MERGE_RUN && merge->fleet.count > 1)
        member_text(&start, "seed", merge->sources[merge->n - 1].seed);
    rundir_event_at(&merge->rundir, 0, "start", start);
    axis_write(&merge->axis, &merge->rundir);
    member_text(&end, "verdict", record_verdict_text(merge->verdict));
    member_text(&end, "reason", merge->reason);
    rundir_event_at(&merge->rundir, (uint64_t)(merge->sums.duration_s * 1e9), "end", end);
}

static int make_directory(struct merge *merge, struct error *error)
{
    char path[PATH_MAX];
    if (rundir_make(merge->options->output, "merge", 0, path, error) < 0)
        return CLI_USAGE;
    if (rundir_open(&merge->rundir, path, error) < 0)
        return CLI_HARNESS;
    if (merge->kind == MERGE_SUITE || mkdirat(merge->rundir.fd, "findings", 0777) == 0)
        return 0;
    error_set(error, errno, "cannot make findings/ in the run directory");
    return CLI_HARNESS;
}

/* Writes what was added up. Returns the exit status. */
static int finish(struct merge *merge, struct error *error)
{
    int status = make_directory(merge, error);
    if (status != 0)
        return status;
    buckets_copy(&merge->buckets, &merge->rundir);
    judge(merge);
    write_events(merge);
    judge(merge); /* an event may not have been written */
    json_t *result = make_result(merge);
    rundir_result(&merge->rundir, result);
    if (merge->options->verbosity >= 0 && result && !merge->rundir.failed)
        report_print(result);
    else if (merge->verdict == RECORD_ERROR)
        error_set(error, 0, "%s", merge->reason);
    json_decref(result);
    if (!merge->rundir.failed)
        return record_verdict_status(merge->verdict, 0);
    *error = merge->rundir.error;
    return CLI_HARNESS;
}

static int perform(struct merge *merge, struct error *error)
{
    if (rundir_precheck(merge->options->output, error) < 0)
        return CLI_USAGE;
    int status = identify(merge, error);
    if (status == 0)
        status = fold_all(merge, error);
    return status == 0 ? finish(merge, error) : status;
}

int merge_directories(const struct options *options, struct error *error)
{
    struct merge *merge = calloc(1, sizeof *merge);
    if (!merge)
        return no_memory(error);
    *merge = (struct merge){ .options = options, .shards = json_array(), .parts = json_array() };
    merge->rundir.fd = merge->rundir.events = -1;
    axis_init(&merge->axis);
    int status = perform(merge, error);
    rundir_close(&merge->rundir);
    for (unsigned i = 0; i < ROWS_TABLES; i++)
        rows_free(&merge->rows[i]);
    buckets_free(&merge->buckets);
    fleet_free(&merge->fleet);
    json_decref(merge->base);
    json_decref(merge->shards);
    json_decref(merge->parts);
    free(merge->sources);
    free(merge);
    return status;
}
