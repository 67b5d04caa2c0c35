/* SPDX-License-Identifier: MIT
 * serial_list.h: the schedule of a replay: operations in the order of the list that the monitor
 * made in the control memory.
 *
 * An entry ORDER_RESET asks for a reset, unless the operations before it have caused one. After the
 * last entry the run ends. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_SERIAL_LIST_H
#define SUPERVISOR_SERIAL_LIST_H

#include "supervisor/state.h"

/* Gives the next ticket, asks for a reset, or ends the run. Returns false if it is too early for
 * that. */
bool serial_list_next(struct supervisor *s);

#endif
