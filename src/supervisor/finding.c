/* SPDX-License-Identifier: MIT
 * finding.c: see finding.h.
 */
#include "supervisor/finding.h"

#include <stdarg.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "memory/memory.h"
#include "supervisor/hooks.h"
#include "supervisor/outbox.h"
#include "supervisor/server_table.h"
#include "supervisor/state.h"

enum { TOLD_KINDS = 256, TOLD_TIMES = 4 };

/* The findings sent so far: merging the logs of all actors takes milliseconds, so it is done only
 * for new ones. */
struct finding_told {
    uint32_t n;
    uint32_t times[TOLD_KINDS];
    uint64_t generations[TOLD_KINDS]; /* the last one in which it was sent */
    uint64_t keys[TOLD_KINDS];
};

/* Fills in the operations of all actors that ended last, in the order in which they began. */
static void tell_story(const struct supervisor *s, struct wire_finding *finding)
{
    struct slot_bounds bounds;
    for (uint32_t i = 0; i < s->n_actors; i++) {
        runner_bounds(s, i, &bounds);
        story_add(finding->operations, &finding->n_operations, &s->env.control, i, &bounds);
    }
    story_sort(finding->operations, finding->n_operations);
}

void finding_title(struct wire_finding *finding, const char *type, const char *where,
                   const char *what)
{
    bool same = strcmp(type, where) == 0; /* a single perform function: same name */
    snprintf(finding->title, sizeof finding->title, "%s%s%s: %s", type, same ? "" : " in ",
             same ? "" : where, what);
}

/* Returns a hash of kind, type and title without numbers. These keys differ from the monitor's
 * buckets, so the operations are sent several times for each key, but once in a generation. */
static uint64_t key_of(const struct supervisor *s, const struct wire_finding *finding)
{
    uint32_t index;
    const struct definition_type *type =
        finding->actor < 0 ? NULL : definition_type_of(&s->env.definition,
                                                       (uint32_t)finding->actor, &index);
    uint64_t key = random_mix(finding->kind ^ (uint64_t)finding->exit_status << 32) ^
                   (type ? random_actor_key(type->name, 0) : 0);
    for (const char *at = finding->title; *at; at++)
        if (!isxdigit((unsigned char)*at))
            key = random_mix(key ^ (unsigned char)*at);
    return key;
}

static bool is_to_be_told(struct supervisor *s, const struct wire_finding *finding)
{
    uint64_t key = key_of(s, finding);
    if (!s->told)
        s->told = calloc(1, sizeof *s->told);
    if (!s->told)
        return false;
    for (uint32_t i = 0; i < s->told->n; i++)
        if (s->told->keys[i] == key) {
            bool again = s->told->generations[i] != supervisor_generation(s);
            s->told->generations[i] = supervisor_generation(s);
            return again && s->told->times[i]++ < TOLD_TIMES;
        }
    if (s->told->n == TOLD_KINDS)
        return false;
    s->told->generations[s->told->n] = supervisor_generation(s);
    s->told->keys[s->told->n++] = key;
    return true;
}

/* Fills in the operations that led to the finding: in a serial run all of them, otherwise those of
 * this generation. */
static void tell_order(struct supervisor *s, struct wire_finding *finding)
{
    const struct order *order = control_order(&s->env.control);
    struct order_range *range = &finding->order;
    if (s->env.config.serial == WIRE_FREE) {
        if (is_to_be_told(s, finding))
            order_merge(&s->env.control, clock_now(), range);
    } else {
        uint64_t n = atomic_load(s->env.config.serial == WIRE_LISTED ? &order->at : &order->n);
        range->end = n;
        range->begin = n > ORDER_ROOM ? n - ORDER_ROOM : 0;
        range->cut = range->begin;
    }
    range->reset = s->state == RUN_RESETTING;
    range->known = range->end > range->begin || s->env.config.serial != WIRE_FREE;
}

int finding_send(struct supervisor *s, struct wire_finding *finding, struct error *error)
{
    finding->generation = supervisor_generation(s);
    s->has_found = s->found_since = s->found_unkept = true;
    if (finding->actor >= 0)
        finding->start = WIRE_MARK_START | supervisor_incarnation(s, (uint32_t)finding->actor);
    if (finding->by_program)
        finding->mark = finding->start;
    if (s->env.control.header) {
        finding->begun_ns = atomic_load(&s->env.control.header->begun_ns);
        finding->found_ns = clock_now();
        tell_order(s, finding);
        tell_story(s, finding);
        if (hooks_describe_is_due(s)) {
            if (outbox_put(s, WIRE_DRAFT, finding, sizeof *finding, error) < 0)
                return -1;
            hooks_describe(s);
        }
        memcpy(finding->description, s->description, sizeof finding->description);
    }
    return outbox_put(s, WIRE_FINDING, finding, sizeof *finding, error);
}

int finding_environment(struct supervisor *s, enum wire_finding_kind kind, struct error *error,
                        const char *format, ...)
{
    struct wire_finding finding = { .kind = kind, .actor = -1, .operation = UINT64_MAX };
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding.title, sizeof finding.title, format, arguments);
    va_end(arguments);
    return finding_send(s, &finding, error);
}

int finding_of_hook(struct supervisor *s, enum wire_finding_kind kind, const char *before,
                    struct error *error)
{
    struct wire_finding finding = { .kind = kind, .actor = -1, .operation = UINT64_MAX,
                                    .exit_status = s->env.exit_status, .mark = s->env.mark,
                                    .server_number = s->env.failed_server };
    if (s->env.harness_failed)
        return error_set(error, 0, "%s%s", before, s->env.failure);
    snprintf(finding.title, sizeof finding.title, "%s%s", before, s->env.failure);
    if (s->env.failed_server > 0)
        memcpy(finding.server, s->env.servers->server[s->env.failed_server - 1].name,
               sizeof finding.server);
    return finding_send(s, &finding, error);
}
