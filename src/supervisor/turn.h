/* SPDX-License-Identifier: MIT
 * turn.h: the turns of a serial schedule: one runner has a ticket, for one operation. Not
 * async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_TURN_H
#define SUPERVISOR_TURN_H

#include "supervisor/state.h"

struct serial {
    int current;        /* the actor with the ticket; -1: none */
    uint64_t ended;     /* `ended` of its slot when the ticket was given */
    uint64_t since_ns;  /* when the ticket was given, or the generation began */
    uint64_t step;      /* tickets given so far */
    uint64_t generation;
    uint64_t entry;     /* number of its operation in the order */
};

/* Does the actor's runner wait for its turn? */
bool turn_is_ready(const struct supervisor *s, uint32_t actor);
/* Do all runners wait for their turn, except those that were let go? */
bool turn_all_ready(const struct supervisor *s);
/* Gives the actor a ticket. `entry`: the number of its operation in the order. */
void turn_give(struct supervisor *s, uint32_t actor, uint64_t entry);

#endif
