/* SPDX-License-Identifier: MIT
 * tickets.h: keeps target_operations exact without a counter that all runners share.
 *
 * One ticket is one counted operation. The supervisor has a pool of tickets. A runner holds some of
 * them in its slot and asks for more when it has used them up. It loses its unused tickets when the
 * pool is empty and other runners ask. After an operation that is not counted it gives the ticket
 * back and, while tickets are scarce, waits for its turn. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_TICKETS_H
#define SUPERVISOR_TICKETS_H

#include "supervisor/state.h"

/* Fills the pool: the target without the operations counted so far. */
void tickets_open(struct supervisor *s);
/* Puts the first tickets into the slot of an actor, before its runner is forked. */
void tickets_grant_first(struct supervisor *s, uint32_t actor);
/* Returns the tickets of a dead runner to the pool, except those of its counted operations. */
void tickets_settle(struct supervisor *s, uint32_t actor, uint64_t counted);
/* Does a runner that waits lack a ticket that it was given and has not used? For a moment that is
 * so when it takes one. */
bool tickets_lack(const struct supervisor *s, uint32_t actor);
/* Gives tickets to runners that wait. Ends the run when all are used. */
void tickets_serve(struct supervisor *s);

#endif
