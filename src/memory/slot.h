/* SPDX-License-Identifier: MIT
 * slot.h: checks and copies what a runner wrote. Async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef MEMORY_SLOT_H
#define MEMORY_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/layout.h"

/* What the supervisor itself knows: a slot is checked against it. */
struct slot_bounds {
    uint64_t first_operation; /* index of the first operation of the incarnation */
    uint64_t forked_ns;       /* when the runner was forked */
    uint64_t now_ns;
    uint64_t granted;         /* tickets given; UINT64_MAX: unlimited */
    bool at_most;             /* `granted` is a limit: how many were given is unknown */
    uint32_t n_actions;
    bool by_command;          /* the runner runs no user code, but commands, or a program */
    bool listed;              /* a list gives the operations: their indices may go up and down */
};

/* A checked copy of the parts that matter. */
struct slot_view {
    enum layout_phase phase;
    int32_t program; /* pid of a program that stays; 0: none. `message` may be about it */
    int status; /* exit status of the command that failed, 1 to 255; 0: none */
    uint32_t action, outcome, tickets;
    uint64_t operation, since_ns, counted, uncounted, ended;
    struct layout_crash crash;
    char message[LAYOUT_MESSAGE]; /* terminated and printable */
};

/* Was an operation under way? */
static inline bool slot_is_performing(const struct slot_view *view,
                                      const struct slot_bounds *bounds)
{
    /* A runner killed between two stores may have counted an operation and not `ended` it. */
    uint64_t counted = view->counted + view->uncounted;
    uint64_t ended = view->ended > counted ? view->ended : counted;
    return view->phase == PHASE_PERFORMING && view->operation == bounds->first_operation + ended;
}

/* Checks and copies a slot. Returns true if it makes sense. Otherwise sets *ret_what to a few words
 * about what is wrong, and the view to zero. `dead`: the runner is dead, so its counters stand
 * still and are checked exactly, together with the histogram. */
bool slot_read(const struct layout_slot *slot, const struct slot_bounds *bounds, bool dead,
               struct slot_view *ret, const char **ret_what);
/* Copies the last operations, at most `n`, oldest first, and leaves out entries that make no sense.
 * Returns how many it copied. */
uint32_t slot_ring(const struct layout_slot *slot, const struct slot_bounds *bounds,
                   struct layout_operation *ret, uint32_t n);

#endif
