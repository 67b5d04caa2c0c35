/* SPDX-License-Identifier: MIT
 * slot.h: reading what a runner wrote, trusting none of it.
 * Async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef MEMORY_SLOT_H
#define MEMORY_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/layout.h"

/* What the supervisor knows by itself and a slot is checked against. */
struct slot_bounds {
    uint64_t first_operation; /* index the incarnation began with */
    uint64_t forked_ns;       /* when it was forked */
    uint64_t now_ns;
    uint64_t granted;         /* tickets given; UINT64_MAX: unlimited */
    uint32_t n_actions;
    bool listed;              /* operations as a list says: their indices may go up and down */
};

/* A consistent, checked copy of the part that matters. */
struct slot_view {
    enum layout_phase phase;
    uint32_t action, outcome;
    uint64_t operation, since_ns, counted, uncounted, ended;
    struct layout_crash crash;
    char message[LAYOUT_MESSAGE]; /* terminated and printable */
};

/* An operation is under way in that view. */
static inline bool slot_is_performing(const struct slot_view *view,
                                      const struct slot_bounds *bounds)
{
    /* Killed between two stores, one may be counted and not yet be `ended`. */
    uint64_t counted = view->counted + view->uncounted;
    uint64_t ended = view->ended > counted ? view->ended : counted;
    return view->phase == PHASE_PERFORMING && view->operation == bounds->first_operation + ended;
}

/* True if the slot makes sense; else `ret_what` says in a few words what does not, and the view is
 * all zero. The counters of a live runner move: call it on a dead one for an exact check (`dead`:
 * also the sum of the histogram must fit). */
bool slot_read(const struct layout_slot *slot, const struct slot_bounds *bounds, bool dead,
               struct slot_view *ret, const char **ret_what);
/* Copies the last operations, oldest first, at most `n`; entries that make no sense are left out.
 * Returns how many. */
uint32_t slot_ring(const struct layout_slot *slot, const struct slot_bounds *bounds,
                   struct layout_operation *ret, uint32_t n);

#endif
