/* SPDX-License-Identifier: MIT
 * loop.h: the one place where the supervisor waits for events. It dispatches them and does nothing
 * else. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_LOOP_H
#define SUPERVISOR_LOOP_H

#include "supervisor/state.h"

/* Opens the event descriptors and blocks SIGCHLD. */
int loop_open(struct supervisor *s, struct error *error);
/* Waits and dispatches until the run is over. */
int loop_run(struct supervisor *s, struct error *error);

#endif
