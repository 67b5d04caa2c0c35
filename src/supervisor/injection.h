/* SPDX-License-Identifier: MIT
 * injection.h: what faults that the injector put in mean for the run: what they did is no finding,
 * what they broke is. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_INJECTION_H
#define SUPERVISOR_INJECTION_H

#include "supervisor/state.h"

int injection_open(struct supervisor *s, int share, int socket, struct error *error);
/* A fault was put into the operation that this runner (not yet forked anew) was in last; it was
 * killed by one. */
bool injection_faulted(const struct supervisor *s, uint32_t actor, uint64_t operation);
bool injection_killed(const struct supervisor *s, uint32_t actor);
/* Remembers that what went wrong in this generation was injected. */
void injection_note(struct supervisor *s);
bool injection_noted(const struct supervisor *s);
/* Is the run over, since a fault was put in, or something found, and the environment is reset? */
bool injection_ends_run(const struct supervisor *s);
/* Before the reset hook: the supervisor itself becomes a target, if a rule says so. */
int injection_enter_hook(struct supervisor *s, struct error *error);
/* Was what the hook started killed by a fault, since this was asked last? */
bool injection_killed_hook(struct supervisor *s);

#endif
