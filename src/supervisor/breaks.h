/* SPDX-License-Identifier: MIT
 * breaks.h: what saboteurs announced: a break that was announced in this generation is not a
 * finding. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_BREAKS_H
#define SUPERVISOR_BREAKS_H

#include "supervisor/state.h"

/* Did a saboteur announce a break of this target in this generation? `target`: index into the breaks
 * (memory/layout.h); 0: the environment; UINT32_MAX: any of them. */
bool breaks_announced(const struct supervisor *s, uint32_t target);

#endif
