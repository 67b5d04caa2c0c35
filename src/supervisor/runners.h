/* SPDX-License-Identifier: MIT
 * runners.h: the runner table: who lives, who must go, who waits. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_RUNNERS_H
#define SUPERVISOR_RUNNERS_H

#include "supervisor/state.h"

int runners_start(struct supervisor *s, struct error *error);
/* Forks its runner, or tries that again soon where there is no room for a process now. */
int runner_fork(struct supervisor *s, uint32_t actor, struct error *error);
void runner_kill(struct supervisor *s, uint32_t actor);
/* After a failure, with nothing done before it in this incarnation: give up at last. */
int runner_fail(struct supervisor *s, uint32_t actor, struct error *error);
/* After a death without a finished operation: wait, or give up. */
int runner_punish(struct supervisor *s, uint32_t actor, const struct wire_death *death,
                  struct error *error);
/* Deadlines that are past: hangs, missed boundaries, backoffs that are over. */
int runners_expire(struct supervisor *s, uint64_t now, struct error *error);
uint64_t runners_deadline(const struct supervisor *s);
/* Stacks that were asked for are there. */
int runners_examined(struct supervisor *s, struct error *error);

#endif
