/* SPDX-License-Identifier: MIT
 * reap.h: the one place that reaps. A death is written down while its pid is still taken, so that
 * nobody signals somebody else by that number. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_REAP_H
#define SUPERVISOR_REAP_H

#include "supervisor/state.h"

/* Takes in every death there is. */
int reap_all(struct supervisor *s, struct error *error);
/* Settles the slot of a runner that died with an earlier supervisor. */
void reap_recover(struct supervisor *s, uint32_t actor);
/* How many processes the machine's OOM killer has killed so far. */
uint64_t reap_oom_kills(void);

#endif
