/* SPDX-License-Identifier: MIT
 * events.c: see events.h.
 */
#include "report/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "record/record.h"
#include "report/grid.h"
#include "report/tests.h"

/* Copies the member `name` of an event, if there is one, to the member `key` of *to. */
static void carry(json_t **to, const char *key, const json_t *event, const char *name)
{
    json_t *value = json_object_get(event, name);
    if (value)
        member_set(to, key, json_incref(value));
}

/* Raises the count `key` to that of the event, if it is larger: an event may lack the member. */
static void raise_count(json_t **to, const char *key, const json_t *event, const char *name,
                        uint64_t plus)
{
    const json_t *value = json_object_get(event, name);
    if (json_is_integer(value) && member_get_count(event, name) + plus > member_get_count(*to, key))
        member_count(to, key, member_get_count(event, name) + plus);
}

static void take_start(json_t **result, json_t *operations, const json_t *event)
{
    static const char *const same[] = { "schema", "version", "workload", "environment",
                                        "seed", "started", "time_limit_s", "command", "suite",
                                        "machine", "shard", "tested", NULL };
    member_copy(result, event, same);
    carry(&operations, "target", event, "target");
}

static void take_alive(json_t **result, json_t *operations, const json_t *event)
{
    static const char *const sums[] = { "counted", "uncounted", "indeterminate", "failed" };
    for (unsigned i = 0; i < sizeof sums / sizeof sums[0]; i++)
        raise_count(&operations, sums[i], event, sums[i], 0);
    raise_count(result, "generations", event, "generation", 1);
    raise_count(result, "resets", event, "resets", 0);
}

/* The sums of a sample include the resets that have no event of their own. */
static void take_sample(json_t **result, json_t *operations, const json_t *event)
{
    static const char *const sums[][2] = { { "total_s", "reset_s" }, { "max_s", "reset_max_s" } };
    json_t *time = json_object_get(*result, "reset_time");
    take_alive(result, operations, event);
    for (unsigned i = 0; i < sizeof sums / sizeof sums[0]; i++)
        if (member_get_real(event, sums[i][1]) > member_get_real(time, sums[i][0]))
            json_object_set_new(time, sums[i][0], json_real(member_get_real(event, sums[i][1])));
}

static void take_generation(json_t **result, const json_t *event)
{
    json_t *time = json_object_get(*result, "reset_time");
    double seconds = member_get_real(event, "reset_s");
    raise_count(result, "generations", event, "generation", 1);
    raise_count(result, "resets", event, "generation", 0);
    json_object_set_new(time, "total_s", json_real(member_get_real(time, "total_s") + seconds));
    if (seconds > member_get_real(time, "max_s"))
        json_object_set_new(time, "max_s", json_real(seconds));
}

/* Adds a finding; of a finding that is listed already only the count is new. */
static void take_finding(json_t **result, const json_t *event)
{
    static const char *const same[] = { "id", "kind", "actor", "action", "title", "count", "bucket",
                                        "directory", "known", NULL };
    json_t *list = json_object_get(*result, "findings"), *finding = NULL;
    uint64_t id = member_get_count(event, "id");
    for (size_t i = json_array_size(list); i-- > 0 && !finding;)
        if (member_get_count(json_array_get(list, i), "id") == id)
            finding = json_array_get(list, i);
    if (finding) {
        raise_count(&finding, "count", event, "count", 0);
        return;
    }
    json_t *first = json_object();
    carry(&first, "generation", event, "generation");
    carry(&first, "operation", event, "operation");
    carry(&first, "seed", *result, "seed");
    carry(&first, "time_s", event, "t");
    finding = json_object();
    member_count(&finding, "count", 1);
    member_copy(&finding, event, same);
    member_set(&finding, "first", first);
    if (list && finding)
        json_array_append_new(list, finding);
    else
        json_decref(finding);
}

/* Appends what a suite or an enumeration tells of one case or point. */
static void take_part(json_t **result, const char *list, json_t *event)
{
    json_t *all = json_object_get(*result, list);
    json_object_del(event, "t"); /* these are of events only */
    json_object_del(event, "event");
    if (!all) {
        all = json_array();
        member_set(result, list, all);
    }
    if (*result)
        json_array_append(all, event);
}

static void take_event(json_t **result, json_t *event)
{
    char name[32];
    json_t *operations = json_object_get(*result, "operations");
    member_get_text(event, "event", "", name, sizeof name);
    if (member_get_real(event, "t") > member_get_real(*result, "duration_s"))
        carry(result, "duration_s", event, "t");
    if (strcmp(name, "start") == 0)
        take_start(result, operations, event);
    else if (strcmp(name, "alive") == 0)
        take_alive(result, operations, event);
    else if (strcmp(name, "sample") == 0)
        take_sample(result, operations, event);
    else if (strcmp(name, "generation") == 0)
        take_generation(result, event);
    else if (strcmp(name, "finding") == 0)
        take_finding(result, event);
    else if (strcmp(name, "case") == 0)
        take_part(result, "cases", event);
    else if (strcmp(name, "point") == 0)
        take_part(result, "points", event);
}

/* The result of a run in which nothing has happened yet. */
static json_t *empty_result(void)
{
    return json_pack("{s:i s:b s:s s:n s:s s:{s:n s:i s:i s:i s:i} s:i s:i s:{s:f s:f} s:f s:[] "
                     "s:[] s:[] s:[]}",
                     "schema", RECORD_SCHEMA, "complete", 0, "verdict", "interrupted",
                     "exit_status", "reason", "incomplete", "operations", "target", "counted", 0,
                     "uncounted", 0, "indeterminate", 0, "failed", 0, "generations", 0, "resets", 0,
                     "reset_time", "total_s", 0.0, "max_s", 0.0, "duration_s", 0.0, "actors",
                     "types", "injections", "findings");
}

/* Skips and counts lines that are not events: the last one may be cut off. */
static json_t *load_events(int at, uint64_t *ret_skipped)
{
    FILE *file = file_open(at, "events.jsonl");
    json_t *result = file ? empty_result() : NULL;
    char *line = NULL;
    size_t size = 0;
    *ret_skipped = 0;
    for (ssize_t length; result && (length = getline(&line, &size, file)) >= 0;) {
        json_t *event = json_loadb(line, (size_t)length, 0, NULL);
        if (json_is_string(json_object_get(event, "event")))
            take_event(&result, event);
        else
            ++*ret_skipped;
        json_decref(event);
    }
    free(line);
    if (file)
        fclose(file);
    return result;
}

json_t *report_events(int at)
{
    uint64_t skipped;
    json_t *result = load_events(at, &skipped);
    char reason[160] = "the run was cut off, or is still under way";
    if (!result)
        return NULL;
    if (skipped)
        snprintf(reason + strlen(reason), sizeof reason - strlen(reason),
                 "; unreadable lines in events.jsonl: %llu", (unsigned long long)skipped);
    member_text(&result, "reason", reason);
    member_count(&result, "skipped_lines", skipped);
    if (tests_are_matrix(result))
        grid_settle(result);
    return result;
}
