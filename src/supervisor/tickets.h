/* SPDX-License-Identifier: MIT
 * tickets.h: exact target_operations without a counter that all runners share. The supervisor has a
 * pool; a runner holds some in its slot, asks for more when they are used up, and loses those it
 * did not use when the pool is empty and others ask. One ticket, one counted operation; one that is
 * not counted gives its ticket back, and while tickets are scarce it then waits for its turn. Not
 * async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_TICKETS_H
#define SUPERVISOR_TICKETS_H

#include "supervisor/state.h"

void tickets_open(struct supervisor *s);
/* Before the fork of an actor's runner; in its slot. */
void tickets_grant_first(struct supervisor *s, uint32_t actor);
/* A dead runner's: what it did not use for a counted operation goes back. */
void tickets_settle(struct supervisor *s, uint32_t actor, uint64_t counted);
/* Gives tickets to those who wait; ends the run when all are used. */
void tickets_serve(struct supervisor *s);

#endif
