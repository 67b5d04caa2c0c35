/* SPDX-License-Identifier: MIT
 * serial.h: the serial schedule (--schedule=serial).
 *
 * Runners wait for tickets, as in a free run, but only one of them gets one, for one operation. The
 * next actor is drawn from (seed, number of operations so far), or a list gives it (serial_list.c).
 * So the same seed gives the same order, as long as operations end. An operation that waits for
 * another actor does not hang the run: after config.serial_wait_ns the next one is let go, too, and
 * the run no longer waits for the first. Delays take no time: an actor with a delay gets a turn as
 * rarely as if each operation took a millisecond. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_SERIAL_H
#define SUPERVISOR_SERIAL_H

#include "supervisor/state.h"

/* Prepares the schedule. Sets a target if there is none, so that operations take tickets. */
int serial_open(struct supervisor *s, struct error *error);
/* Frees the schedule. Does nothing if there is none. */
void serial_close(struct supervisor *s);
/* Gives the next ticket, if no runner has one or the runner that has it takes too long. */
void serial_serve(struct supervisor *s);
/* Returns when to call serial_serve() next; CLOCK_NEVER: actors run freely. */
uint64_t serial_deadline(const struct supervisor *s);

#endif
