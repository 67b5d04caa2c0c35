/* SPDX-License-Identifier: MIT
 * turn.h: whose turn it is in a serial schedule: one runner has a ticket, for one operation. Not
 * async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_TURN_H
#define SUPERVISOR_TURN_H

#include "supervisor/state.h"

struct serial {
    int current;        /* the actor with the ticket; -1: none */
    uint64_t ended;     /* of it, when it was given */
    uint64_t since_ns;  /* ... and when that was; or since when the runners start */
    uint64_t step;      /* tickets given so far */
    uint64_t generation;
    uint64_t entry;     /* of the one with the ticket, in the order */
};

/* The actor's runner waits for its turn. */
bool turn_is_ready(const struct supervisor *s, uint32_t actor);
/* All runners do that are waited for. */
bool turn_all_ready(const struct supervisor *s);
/* Gives the actor the ticket; `entry`: the number of its operation in the order. */
void turn_give(struct supervisor *s, uint32_t actor, uint64_t entry);

#endif
