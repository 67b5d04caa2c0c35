/* SPDX-License-Identifier: MIT
 * reset.h: from one generation to the next, and to the end. All runners are dead and reaped here.
 * Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_RESET_H
#define SUPERVISOR_RESET_H

#include "supervisor/state.h"

/* All runners are gone: reset, check, next generation. */
int reset_perform(struct supervisor *s, struct error *error);
/* The last hooks. */
int reset_finish(struct supervisor *s, struct error *error);

#endif
