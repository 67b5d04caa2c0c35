/* SPDX-License-Identifier: MIT
 * story.c: see story.h.
 */
#include "memory/story.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "memory/note.h"

enum { STORY_PER_ACTOR = 8 };

static uint64_t ended_at(const struct story_operation *operation)
{
    return operation->finished ? operation->operation.started_ns + operation->operation.duration_ns
                               : UINT64_MAX;
}

/* Inserts an operation. Keeps the latest STORY_MOST operations, oldest first. */
static void insert(struct story_operation *list, uint32_t *n,
                   const struct story_operation *operation)
{
    uint32_t at = *n;
    while (at > 0 && ended_at(&list[at - 1]) > ended_at(operation))
        at--;
    if (*n == STORY_MOST) {
        if (at == 0)
            return;
        memmove(list, list + 1, --at * sizeof *list);
    } else {
        memmove(list + at + 1, list + at, ((*n)++ - at) * sizeof *list);
    }
    list[at] = *operation;
}

void story_add(struct story_operation *list, uint32_t *n, const struct control *control,
               uint32_t actor, const struct slot_bounds *bounds)
{
    const struct layout_slot *slot = control_slot(control, actor);
    struct layout_operation last[STORY_PER_ACTOR];
    struct slot_view view;
    const char *what;
    uint32_t ended = slot_ring(slot, bounds, last, STORY_PER_ACTOR);
    for (uint32_t i = 0; i < ended; i++) {
        struct story_operation one = { .actor = actor, .operation = last[i], .finished = 1 };
        note_read(control, actor, last[i].index, one.note);
        insert(list, n, &one);
    }
    if (!slot_read(slot, bounds, false, &view, &what) || !slot_is_performing(&view, bounds))
        return;
    struct story_operation current = { .actor = actor };
    current.operation.index = view.operation;
    current.operation.started_ns = view.since_ns;
    current.operation.action = view.action;
    note_read(control, actor, view.operation, current.note);
    insert(list, n, &current);
}

static int compare_starts(const void *a, const void *b)
{
    const struct story_operation *left = a, *right = b;
    return (left->operation.started_ns > right->operation.started_ns) -
           (left->operation.started_ns < right->operation.started_ns);
}

void story_sort(struct story_operation *list, uint32_t n)
{
    qsort(list, n, sizeof *list, compare_starts);
}

/* The index of its first operation follows from the slot itself. */
static void bounds_of_dead(const struct layout_slot *slot, uint32_t n_actions,
                           struct slot_bounds *ret)
{
    uint64_t operation = atomic_load(&slot->operation), ended = atomic_load(&slot->ended);
    bool performing = atomic_load(&slot->phase) == PHASE_PERFORMING;
    *ret = (struct slot_bounds){ .first_operation = operation - ended, .now_ns = INT64_MAX,
                                 .granted = UINT64_MAX, .n_actions = n_actions };
    const struct layout_operation *last = &slot->ring[(ended - 1) % LAYOUT_RING];
    if (ended > 0 && (!performing || last->index == operation))
        ret->first_operation++; /* the last one has ended */
}

uint32_t story_of_dead(const struct control *control, const struct definition *definition,
                       struct story_operation ret[STORY_MOST])
{
    struct slot_bounds bounds;
    uint32_t index, n = 0;
    for (uint32_t i = 0; i < definition_actors(definition); i++) {
        const struct layout_slot *slot = control_slot(control, i);
        bounds_of_dead(slot, definition_type_of(definition, i, &index)->n_actions, &bounds);
        story_add(ret, &n, control, i, &bounds);
    }
    story_sort(ret, n);
    return n;
}
