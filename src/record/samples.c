/* SPDX-License-Identifier: MIT
 * samples.c: see samples.h.
 */
#include "record/samples.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "inject/inject.h"
#include "memory/memory.h"
#include "record/counters.h"

enum { COST_PART = 100, LOOK_NS = 20000 /* to look at one actor */ };
static const uint64_t samples_first_spacing_ns = 100 * CLOCK_MILLISECOND;

uint64_t samples_deadline(const struct samples *samples)
{
    return samples->next_ns;
}

/* ---- actions ----------------------------------------------------------------------------- */

static void see(struct samples *samples, uint32_t type, const struct layout_operation *operation)
{
    struct samples_action **action = &samples->actions[type][operation->action];
    if (!*action)
        *action = calloc(1, sizeof **action);
    if (!*action)
        return; /* no memory: the table lacks this one */
    (*action)->seen++;
    (*action)->outcomes[operation->outcome]++;
    if (operation->outcome == STRESS_OK)
        histogram_add(&(*action)->latency, operation->duration_ns);
}

/* Reads the last operations of a live runner, and returns how many. */
static uint32_t ring_of_living(const struct record *record, uint32_t actor,
                               struct slot_bounds *bounds, struct layout_operation *ret)
{
    const struct layout_ledger *ledger = control_ledger(&record->control, actor);
    int32_t pid = atomic_load_explicit(&ledger->pid, memory_order_acquire);
    bounds->first_operation = atomic_load_explicit(&ledger->next_operation, memory_order_relaxed);
    uint32_t n = slot_ring(control_slot(&record->control, actor), bounds, ret, LAYOUT_RING);
    /* As long as the pid is the same, the slot belongs to this runner. */
    return pid != 0 && atomic_load_explicit(&ledger->pid, memory_order_acquire) == pid ? n : 0;
}

/* Reads the operations of the last runner at the end of the run, when the ledger contains its slot.
 * It may have begun one operation more than it ended. */
static uint32_t ring_of_last(const struct record *record, uint32_t actor,
                             struct slot_bounds *bounds, struct layout_operation *ret)
{
    const struct layout_ledger *ledger = control_ledger(&record->control, actor);
    const struct layout_slot *slot = control_slot(&record->control, actor);
    uint64_t next = atomic_load(&ledger->next_operation), ended = atomic_load(&slot->ended);
    uint32_t n = 0;
    if (atomic_load(&ledger->settled) != atomic_load(&ledger->starts))
        return 0;
    for (uint64_t cut = 0; cut <= 1 && n == 0; cut++) {
        bounds->first_operation = next - ended - cut;
        n = slot_ring(slot, bounds, ret, LAYOUT_RING);
    }
    return n;
}

/* Takes the last operations of an actor, except those that an earlier sample saw. */
static void look_at_slot(struct samples *samples, const struct record *record, uint32_t type,
                         uint32_t actor, bool last)
{
    struct layout_operation ring[LAYOUT_RING];
    struct slot_bounds bounds = {
        .now_ns = clock_now(), .granted = UINT64_MAX,
        .n_actions = record->definition.types[type].n_actions
    };
    if (bounds.n_actions > DEFINITION_ACTIONS)
        return;
    uint32_t n = ring_of_living(record, actor, &bounds, ring);
    if (n == 0 && last)
        n = ring_of_last(record, actor, &bounds, ring);
    for (uint32_t i = 0; i < n; i++) {
        if (ring[i].index < samples->next_operation[actor])
            continue;
        samples->next_operation[actor] = ring[i].index + 1;
        see(samples, type, &ring[i]);
    }
}

static json_t *action_json(const struct samples_action *action, const char *type, const char *name)
{
    static const char *const outcomes[STRESS_FAIL + 1] = {
        [STRESS_OK] = "counted", [STRESS_UNCOUNTED] = "uncounted", [STRESS_RESET] = "resets",
        [STRESS_FAIL] = "failed"
    };
    json_t *object = json_object();
    member_text(&object, "type", type);
    member_text(&object, "action", name);
    member_count(&object, "seen", action->seen);
    for (unsigned i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (outcomes[i])
            member_count(&object, outcomes[i], action->outcomes[i]);
    member_set(&object, "latency_ns", counters_latency(&action->latency));
    return object;
}

json_t *samples_actions(const struct samples *samples, const struct definition *definition)
{
    json_t *list = json_array();
    for (uint32_t t = 0; samples && t < definition->n_types; t++)
        for (uint32_t i = 0; i < definition->types[t].n_actions; i++)
            if (samples->actions[t][i])
                member_append(&list, action_json(samples->actions[t][i], definition->types[t].name,
                                                 definition->types[t].actions[i].name));
    return list;
}

void samples_free(struct samples *samples)
{
    for (unsigned t = 0; t < DEFINITION_TYPES; t++)
        for (unsigned i = 0; i < DEFINITION_ACTIONS; i++)
            free(samples->actions[t][i]);
}

/* ---- samples ----------------------------------------------------------------------------- */

/* The latencies since the last sample. `all`: those of the run without saboteurs, whose operations
 * take as long as they choose. */
static void since_last(struct samples *samples, const struct histogram *all, struct histogram *ret)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t before = samples->last.bucket[i];
        ret->bucket[i] = all->bucket[i] > before ? all->bucket[i] - before : 0;
        samples->last.bucket[i] = before + ret->bucket[i];
    }
}

static json_t *sample_json(const struct record *record, const struct record_actor *all,
                           const struct histogram *latency)
{
    uint64_t injected = record->share ? atomic_load(&record->share->fired) : 0;
    json_t *fields = json_object();
    counters_set(&fields, all);
    member_count(&fields, "generation", record->generation);
    member_count(&fields, "resets", record->resets);
    member_count(&fields, "faults", record->announced + injected);
    member_seconds(&fields, "reset_s", record->reset_total_ns);
    member_seconds(&fields, "reset_max_s", record->reset_max_ns);
    member_count(&fields, "findings", record->n_findings);
    if (histogram_quantile(latency, 1) > 0) {
        member_count(&fields, "p50", histogram_quantile(latency, 0.5));
        member_count(&fields, "p99", histogram_quantile(latency, 0.99));
        member_count(&fields, "p999", histogram_quantile(latency, 0.999));
    }
    return fields;
}

/* Reading the latencies of thousands of actors takes the monitor a while. Beside as many busy
 * actors it gets a small share of a processor, so that it would not hear a signal for minutes. */
static bool has_time(const struct record *record)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t busy = 0, actors = definition_actors(&record->definition);
    for (uint32_t t = 0; t < record->definition.n_types; t++)
        if (record->definition.types[t].delay_most_ms == 0)
            busy += record->definition.types[t].count;
    return busy * actors * LOOK_NS / (uint64_t)(processors > 0 ? processors : 1) < CLOCK_SECOND;
}

static json_t *take(struct samples *samples, const struct record *record, bool last)
{
    struct record_actor all = { .counted = 0 }, one;
    struct histogram latency = { .bucket = { 0 } };
    uint32_t actor = 0;
    if (!last && !has_time(record)) {
        record_totals(record, &all);
        return sample_json(record, &all, &latency);
    }
    for (uint32_t t = 0; t < record->definition.n_types; t++)
        for (uint32_t i = 0; i < record->definition.types[t].count; i++, actor++) {
            if (!record_actor(record, actor, &one))
                continue;
            counters_add(&all, &one);
            if (!one.saboteur)
                histogram_merge(&all.latency, &one.latency);
            look_at_slot(samples, record, t, actor, last);
        }
    since_last(samples, &all.latency, &latency);
    return sample_json(record, &all, &latency);
}

json_t *samples_tick(struct samples *samples, const struct record *record, bool last)
{
    uint64_t begin = clock_now();
    if (samples->next_ns == 0) {
        samples->spacing_ns = samples_first_spacing_ns;
        samples->next_ns = begin + samples->spacing_ns;
    }
    if (!record->control.header || (begin < samples->next_ns && !last)) {
        if (begin >= samples->next_ns)
            samples->next_ns = begin + samples->spacing_ns;
        return NULL;
    }
    json_t *sample = take(samples, record, last);
    uint64_t now = clock_now();
    if (++samples->taken % SAMPLES_ROUND == 0 || (now - begin) * COST_PART > samples->spacing_ns)
        samples->spacing_ns *= 2;
    samples->next_ns = now + samples->spacing_ns;
    return sample;
}
