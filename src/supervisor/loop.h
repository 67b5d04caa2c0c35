/* SPDX-License-Identifier: MIT
 * loop.h: the one place where the supervisor waits. It dispatches and does nothing else. Not async-
 * signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_LOOP_H
#define SUPERVISOR_LOOP_H

#include "supervisor/state.h"

/* Waits and dispatches until the run is over. */
int loop_open(struct supervisor *s, struct error *error);
int loop_run(struct supervisor *s, struct error *error);

#endif
