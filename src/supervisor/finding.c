/* SPDX-License-Identifier: MIT
 * finding.c: a finding goes to the monitor with what was going on. Supervisor process.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "env/slot.h"
#include "supervisor/supervisor.h"

enum { STORY_PER_ACTOR = 8 };

static uint64_t ended_at(const struct wire_operation *operation)
{
    return operation->finished ? operation->operation.started_ns + operation->operation.duration_ns
                               : UINT64_MAX;
}

/* Keeps the latest WIRE_STORY operations, oldest first. */
static void story_insert(struct wire_finding *finding, const struct wire_operation *operation)
{
    struct wire_operation *story = finding->operations;
    uint32_t at = finding->n_operations;
    while (at > 0 && ended_at(&story[at - 1]) > ended_at(operation))
        at--;
    if (finding->n_operations == WIRE_STORY) {
        if (at == 0)
            return;
        memmove(story, story + 1, --at * sizeof *story);
    } else {
        memmove(story + at + 1, story + at, (finding->n_operations++ - at) * sizeof *story);
    }
    story[at] = *operation;
}

static void story_of_actor(const struct supervisor *s, uint32_t actor, struct wire_finding *finding)
{
    const struct layout_slot *slot = control_slot(&s->env.control, actor);
    struct layout_operation last[STORY_PER_ACTOR];
    struct slot_bounds bounds;
    struct slot_view view;
    const char *what;
    runner_bounds(s, actor, &bounds);
    uint32_t n = slot_ring(slot, &bounds, last, STORY_PER_ACTOR);
    for (uint32_t i = 0; i < n; i++)
        story_insert(finding, &(struct wire_operation){ .actor = actor, .operation = last[i],
                                                        .finished = 1 });
    if (!slot_read(slot, &bounds, false, &view, &what) || !slot_is_performing(&view, &bounds))
        return;
    struct wire_operation current = { .actor = actor };
    current.operation.index = view.operation;
    current.operation.started_ns = view.since_ns;
    current.operation.action = view.action;
    story_insert(finding, &current);
}

void finding_title(struct wire_finding *finding, const char *type, const char *where,
                   const char *what)
{
    bool same = strcmp(type, where) == 0; /* an actor with one operation: it has its name */
    snprintf(finding->title, sizeof finding->title, "%s%s%s: %s", type, same ? "" : " in ",
             same ? "" : where, what);
}

int finding_send(struct supervisor *s, struct wire_finding *finding, struct error *error)
{
    finding->generation = supervisor_generation(s);
    if (s->env.control.header) {
        for (uint32_t i = 0; i < s->n_actors; i++)
            story_of_actor(s, i, finding);
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
