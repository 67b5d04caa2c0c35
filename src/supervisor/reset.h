/* SPDX-License-Identifier: MIT
 * reset.h: leads from one generation to the next, and to the end of the run. Call these functions
 * when all runners are dead and reaped. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_RESET_H
#define SUPERVISOR_RESET_H

#include "supervisor/state.h"

/* Runs the reset and check hooks and begins the next generation, or ends the run. The first
 * generation begins without a reset. */
int reset_perform(struct supervisor *s, struct error *error);
/* Runs the last hooks: reset if something is broken, check, teardown. Then kills all servers. */
int reset_finish(struct supervisor *s, struct error *error);

#endif
