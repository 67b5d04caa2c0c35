/* SPDX-License-Identifier: MIT
 * story.h: the last operations of all actors, read from their slots, as a finding tells them. Not
 * async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef MEMORY_STORY_H
#define MEMORY_STORY_H

#include <stdint.h>

#include "memory/control.h"
#include "memory/slot.h"

enum { STORY_MOST = 32 }; /* operations, of all actors */

struct story_operation {
    uint32_t actor;
    struct layout_operation operation;
    uint32_t finished; /* 0: in flight, without a duration and an outcome */
    char note[LAYOUT_NOTE];
};

/* Adds the last operations of an actor, and the one that is under way. The list has *n entries and
 * room for STORY_MOST; it keeps the latest of all. */
void story_add(struct story_operation *list, uint32_t *n, const struct control *control,
               uint32_t actor, const struct slot_bounds *bounds);
/* Puts them in the order in which they began. */
void story_sort(struct story_operation *list, uint32_t n);
/* Returns the story of a machine that has died: of all actors, from a copy of the control memory,
 * which was checked against the definition. What the supervisor knew of the slots died with it. */
uint32_t story_of_dead(const struct control *control, const struct definition *definition,
                       struct story_operation ret[STORY_MOST]);

#endif
