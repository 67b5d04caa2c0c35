/* SPDX-License-Identifier: MIT
 * result.c: see result.h.
 */
#include "config.h"

#include "record/result.h"

#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "record/counters.h"
#include "record/doubts.h"
#include "record/finding.h"
#include "record/limits.h"
#include "record/origin.h"
#include "record/samples.h"
#include "record/servers.h"

enum { STACK_FRAMES = 10 }; /* frames of a finding in result.json; finding.json has all */

/* The duration of the run until its end, or until now. */
static uint64_t duration(const struct record *record)
{
    uint64_t end = record->ended_ns ? record->ended_ns : clock_now();
    return record->started_ns && end > record->started_ns ? end - record->started_ns : 0;
}

/* Why the run ended. */
static void reason(const struct record *record, char *buffer, size_t size)
{
    static const char *const ends[WIRE_ENDS] = {
        [WIRE_END_TARGET] = "the target is reached",
        [WIRE_END_STOPPED] = "stopped",
        [WIRE_END_NO_ACTORS] = "every actor was given up",
        [WIRE_END_RESETS_FAILED] = "the environment could not be reset",
        [WIRE_END_SETUP_FAILED] = "the environment could not be set up",
        [WIRE_END_FAULT] = "a fault was injected, and the environment was reset and checked",
        [WIRE_END_LIST] = "all operations of the replay file are done",
    };
    char time[32];
    if (record->reason[0] != '\0') { /* of an error or a skip */
        snprintf(buffer, size, "%s", record->reason);
        return;
    }
    if (record->ended_ns && record->n_findings > 0) {
        unsigned known = record->n_findings - record_unknown(record);
        char all[32] = "";
        if (known > 0)
            snprintf(all, sizeof all, ", %u known", known);
        int used = snprintf(buffer, size, "%u finding%s%s; ", record->n_findings,
                            record->n_findings == 1 ? "" : "s", all);
        buffer += used;
        size -= (size_t)used;
    }
    if (!record->ended_ns)
        snprintf(buffer, size, "under way");
    else if (record_verdict(record) == RECORD_INTERRUPTED)
        snprintf(buffer, size, "ended by signal %d (%s)", record->signal,
                 strsignal(record->signal));
    else if (record->findings_are_up)
        snprintf(buffer, size, "the limit of findings is reached");
    else if (record->time_is_up)
        snprintf(buffer, size, "the time limit of %s is reached",
                 text_format_duration(record->time_limit_ns, time, sizeof time));
    else
        snprintf(buffer, size, "%s", record->done ? ends[record->end]
                                                  : "the run did not reach its end");
}

static json_t *actor_json(const struct record_actor *actor, uint64_t ns)
{
    json_t *object = json_object();
    member_text(&object, "name", actor->name);
    member_set(&object, "saboteur", json_boolean(actor->saboteur));
    member_set(&object, "retired", json_boolean(actor->retired));
    counters_set(&object, actor);
    member_count(&object, "resets", actor->resets);
    member_count(&object, "restarts", actor->starts ? actor->starts - 1 : 0);
    member_set(&object, "rate_per_s",
               json_real(ns ? (double)actor->counted * 1e9 / (double)ns : 0.0));
    member_set(&object, "latency_ns", counters_latency(&actor->latency));
    return object;
}

/* The sum over the actors of a type. */
struct type_sum {
    struct record_actor all;
    uint32_t n, restarts, retired;
};

static void type_add(struct type_sum *sum, const struct record_actor *actor)
{
    sum->n++;
    sum->retired += actor->retired;
    sum->restarts += actor->starts ? (uint32_t)(actor->starts - 1) : 0;
    sum->all.saboteur = actor->saboteur;
    counters_add(&sum->all, actor);
    histogram_merge(&sum->all.latency, &actor->latency);
}

static json_t *type_json(struct type_sum *sum, const char *name, uint64_t ns)
{
    snprintf(sum->all.name, sizeof sum->all.name, "%s", name);
    sum->all.starts = sum->restarts + UINT64_C(1);
    sum->all.retired = sum->n > 0 && sum->retired == sum->n;
    json_t *object = actor_json(&sum->all, ns);
    member_count(&object, "actors", sum->n);
    return object;
}

/* Adds "actors" and "types": each actor, and the sums by type. The percentiles of a type cannot be
 * computed from those of its actors. */
static void add_actors(json_t **result, const struct record *record)
{
    json_t *actors = json_array(), *types = json_array();
    uint64_t ns = duration(record);
    uint32_t number = 0;
    for (uint32_t t = 0; record->control.header && t < record->definition.n_types; t++) {
        const struct definition_type *type = &record->definition.types[t];
        struct type_sum sum = { .n = 0 };
        for (uint32_t i = 0; i < type->count; i++, number++) {
            struct record_actor actor;
            if (!record_actor(record, number, &actor))
                continue;
            type_add(&sum, &actor);
            member_append(&actors, actor_json(&actor, ns));
        }
        member_append(&types, type_json(&sum, type->name, ns));
    }
    member_set(result, "actors", actors);
    member_set(result, "types", types);
}

static json_t *top_of_thread(const json_t *thread)
{
    const json_t *from = json_object_get(thread, "frames");
    json_t *copy = json_copy((json_t *)(uintptr_t)thread), *frames = json_array();
    for (size_t i = 0; i < json_array_size(from) && i < STACK_FRAMES; i++)
        member_append(&frames, json_incref(json_array_get(from, i)));
    member_set(&copy, "frames", frames);
    return copy;
}

/* The first frames of the first thread, which the finding is about, and of the first thread of each
 * other actor, in the form of finding.json. */
static json_t *top_of_stack(const json_t *stack)
{
    const json_t *before = NULL;
    json_t *list = json_array_size(stack) > 0 ? json_array() : json_null();
    for (size_t i = 0; i < json_array_size(stack); i++) {
        const json_t *thread = json_array_get(stack, i), *actor = json_object_get(thread, "actor");
        if (i == 0 || (actor && !(before && json_equal(actor, before))))
            member_append(&list, top_of_thread(thread));
        before = actor;
    }
    return list;
}

static json_t *summary_json(const struct record *record, const struct record_finding *finding)
{
    json_t *object = finding_json(record, finding), *first = json_object();
    finding_set_place(&first, &finding->first);
    member_hex(&first, "seed", record->seed);
    member_seconds(&first, "time_s", finding->first_ns);
    member_set(&object, "first", first);
    finding_set_last(&object, finding);
    member_set(&object, "stack", top_of_stack(finding->stack));
    member_text(&object, "directory", finding->directory);
    return object;
}

static json_t *findings_json(const struct record *record)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < record->n_findings; i++)
        member_append(&list, summary_json(record, &record->findings[i]));
    return list;
}

/* What the file of known findings has, and how often each came. */
static json_t *known_json(const struct record *record)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < record->known.n; i++) {
        const struct known_entry *entry = &record->known.list[i];
        uint64_t came = 0;
        for (unsigned f = 0; f < record->n_findings; f++)
            if (strcmp(record->findings[f].key, entry->bucket) == 0)
                came = record->findings[f].count;
        member_append(&list, finding_known_json(entry, came));
    }
    return list;
}

static void add_injections(json_t **result, const struct record *record)
{
    const struct share *share = record->share;
    json_t *list = json_array();
    for (uint32_t i = 0; share && i < share->n_rules; i++) {
        if (share->rules[i].action == RULE_RECORD)
            continue;
        json_t *rule = json_object();
        member_text(&rule, "rule", share->rules[i].text);
        member_count(&rule, "matched", atomic_load(&share->tally[i].matched));
        member_count(&rule, "fired", atomic_load(&share->tally[i].fired));
        member_append(&list, rule);
    }
    member_set(result, "injections", list);
}

static void add_identity(json_t **result, const struct record *record)
{
    char text[WIRE_TEXT + 64];
    member_count(result, "schema", RECORD_SCHEMA);
    member_text(result, "version", PACKAGE_VERSION);
    member_set(result, "complete", json_boolean(record->ended_ns != 0));
    member_text(result, "workload", record->workload);
    member_text(result, "environment", record->definition.name);
    member_hex(result, "seed", record->seed);
    member_instant(result, "started", record->started_unix);
    origin_set(result, record->options ? &record->options->shard : NULL, record->tested);
    if (record->ended_ns) {
        member_text(result, "verdict", record_verdict_text(record_verdict(record)));
        member_set(result, "exit_status", json_integer(record_exit_status(record)));
    } else {
        member_text(result, "verdict", NULL);
        member_text(result, "exit_status", NULL);
    }
    reason(record, text, sizeof text);
    member_text(result, "reason", text);
}

static void add_sums(json_t **result, const struct record *record)
{
    json_t *operations = json_object(), *reset_time = json_object();
    struct record_actor all;
    record_totals(record, &all);
    if (record->target)
        member_count(&operations, "target", record->target);
    else
        member_text(&operations, "target", NULL);
    counters_set(&operations, &all);
    member_count(&operations, "resets", all.resets);
    member_set(result, "operations", operations);
    member_count(result, "generations", all.starts ? record->generation + 1 : 0);
    member_count(result, "resets", record->resets);
    member_seconds(&reset_time, "total_s", record->reset_total_ns);
    member_seconds(&reset_time, "max_s", record->reset_max_ns);
    member_set(result, "reset_time", reset_time);
    member_seconds(result, "duration_s", duration(record));
    if (record->time_limit_ns)
        member_seconds(result, "time_limit_s", record->time_limit_ns);
    else
        member_text(result, "time_limit_s", NULL);
    member_count(result, "supervisors", record->supervisors);
    member_count(result, "server_deaths", record->servers_died);
    member_count(result, "strays", record->strays);
}

json_t *record_result(const struct record *record)
{
    json_t *result = json_object();
    struct doubts doubts;
    add_identity(&result, record);
    add_sums(&result, record);
    add_actors(&result, record);
    add_injections(&result, record);
    member_set(&result, "actions", samples_actions(record->samples, &record->definition));
    if (record->n_servers > 0)
        member_set(&result, "servers", servers_json(record));
    record_doubts(record, &doubts);
    member_set(&result, "doubts", doubt_json(&doubts));
    member_set(&result, "findings", findings_json(record));
    if (record->known.n > 0)
        member_set(&result, "known", known_json(record));
    if (record->options && record->options->required.n > 0)
        member_set(&result, "limits", limits_json(record));
    return result;
}

/* ---- read again -------------------------------------------------------------------------- */

static bool is_count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static int check_counts(const json_t *object, const char *prefix, const char *const *names,
                        struct error *error)
{
    for (; *names; names++)
        if (!is_count(json_object_get(object, *names)))
            return error_set(error, 0, "'%s%s' is not a count", prefix, *names);
    return 0;
}

/* Checks a list of objects, each with these counts. */
static int check_list(const json_t *result, const char *list, const char *const *names,
                      struct error *error)
{
    const json_t *all = json_object_get(result, list), *one;
    char prefix[64];
    size_t i;
    if (!json_is_array(all))
        return error_set(error, 0, "'%s' is not a list", list);
    json_array_foreach(all, i, one) {
        snprintf(prefix, sizeof prefix, "%s[%zu].", list, i);
        if (check_counts(one, prefix, names, error) < 0)
            return -1;
    }
    return 0;
}

static int check_verdict(const json_t *result, struct error *error)
{
    char text[32];
    const json_t *status = json_object_get(result, "exit_status");
    const char *name = member_get_text(result, "verdict", "", text, sizeof text);
    if (!is_count(status) || json_integer_value(status) > 255)
        return error_set(error, 0, "'exit_status' is not an exit status");
    unsigned verdict = 0;
    while (verdict < RECORD_VERDICTS &&
           strcmp(name, record_verdict_text((enum record_verdict)verdict)) != 0)
        verdict++;
    if (verdict == RECORD_VERDICTS)
        return error_set(error, 0, "'verdict' is not a verdict");
    if (record_verdict_of_status((int)json_integer_value(status)) != verdict)
        return error_set(error, 0, "'exit_status' does not go with the verdict '%s'", name);
    const json_t *findings = json_object_get(result, "findings"), *finding;
    size_t i;
    json_array_foreach(findings, i, finding)
        if (verdict == RECORD_PASSED && !finding_is_known(finding))
            return error_set(error, 0, "it has findings, and the verdict 'passed'");
    return 0;
}

int record_result_check(const json_t *result, struct error *error)
{
    static const char *const sums[] = { "schema", "generations", "resets", NULL };
    static const char *const operations[] = { "counted", "uncounted", "failed", "indeterminate",
                                              NULL };
    static const char *const actor[] = { "counted", NULL }, *const finding[] = { "id", "count",
                                                                                 NULL };
    if (check_verdict(result, error) < 0 || check_counts(result, "", sums, error) < 0 ||
        check_counts(json_object_get(result, "operations"), "operations.", operations, error) < 0)
        return -1;
    if (!json_is_number(json_object_get(result, "duration_s")))
        return error_set(error, 0, "'duration_s' is not a number");
    return check_list(result, "actors", actor, error) < 0 ||
                   check_list(result, "findings", finding, error) < 0 ? -1 : 0;
}
