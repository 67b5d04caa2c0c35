/* SPDX-License-Identifier: MIT
 * serial_list.h: a replay: operations in the order of the list in the control memory, which the
 * monitor made. A line that says "reset" asks for one, unless the operations before it have led to
 * one by themselves. After the last line the run ends. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_SERIAL_LIST_H
#define SUPERVISOR_SERIAL_LIST_H

#include "supervisor/state.h"

/* Gives the next ticket, asks for a reset, or ends the run, as the list
 * says; false: it is too early for that. */
bool serial_list_next(struct supervisor *s);

#endif
