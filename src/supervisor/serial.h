/* SPDX-License-Identifier: MIT
 * serial.h: --schedule=serial. Runners wait for tickets, as always; here only one of them gets one,
 * for one operation, and who is next is drawn from (seed, number of operations so far), or a list
 * says it (serial_list.c). So the same seed gives the same order, as long as operations end. One
 * that waits for another actor's does not hang the run: after a while the next one is let go, too,
 * and nobody waits for the first any more.  Delays are not waited for. An actor with one gets a
 * turn as seldom as if an operation took a millisecond. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_SERIAL_H
#define SUPERVISOR_SERIAL_H

#include "supervisor/state.h"

int serial_open(struct supervisor *s, struct error *error);
void serial_close(struct supervisor *s);
/* Gives the next ticket, if nobody has one or the one who has it takes too long. */
void serial_serve(struct supervisor *s);
uint64_t serial_deadline(const struct supervisor *s);

#endif
