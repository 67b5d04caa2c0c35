/* SPDX-License-Identifier: MIT
 * breaks.h: the breaks that saboteurs announced. A break that was announced in this generation is
 * not a finding. Async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_BREAKS_H
#define SUPERVISOR_BREAKS_H

#include "supervisor/state.h"

/* Did a saboteur announce a break of this target in this generation? `target` is an index into the
 * breaks (memory/layout.h): 0 is the environment. UINT32_MAX: of any target. */
bool breaks_announced(const struct supervisor *s, uint32_t target);

#endif
