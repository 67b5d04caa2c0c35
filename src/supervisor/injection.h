/* SPDX-License-Identifier: MIT
 * injection.h: what the faults of the injector mean for the run. Injected kills and errors are not
 * findings; the damage that they cause is. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_INJECTION_H
#define SUPERVISOR_INJECTION_H

#include "supervisor/state.h"

/* Maps the memory of injection, builds the filter, and tries on a child whether the machine permits
 * injection and what the rules need. Takes over `share`, and keeps `socket`, which leads to the
 * injector. */
int injection_open(struct supervisor *s, int share, int socket, struct error *error);
/* Returns a rule for a server that setup did not start; NULL: none. Ask after setup. */
const struct rule *injection_of_no_server(const struct supervisor *s);
/* Did a fault hit this operation, the last one of the actor's runner? Ask before the runner is
 * forked again. */
bool injection_faulted(const struct supervisor *s, uint32_t actor, uint64_t operation);
/* Did a fault kill the actor's runner? Ask before the runner is forked again. */
bool injection_killed(const struct supervisor *s, uint32_t actor);
/* Returns for how long faults have delayed the current operation of the actor. */
uint64_t injection_held_ns(const struct supervisor *s, uint32_t actor);
/* Notes that what went wrong in this generation was injected. */
void injection_note(struct supervisor *s);
/* Was that noted in this generation, or is there a fault that has not been noted yet: a kill whose
 * victim is not reaped, or an error in a server? */
bool injection_noted(const struct supervisor *s);
/* Does the run end with this reset (config.end_at_fault), after a fault or a finding? */
bool injection_ends_run(const struct supervisor *s);
/* Makes the supervisor itself a target before the reset hook, if a rule is about that hook. */
int injection_enter_hook(struct supervisor *s, struct error *error);
/* Did a fault kill a process of the hook since the last question? */
bool injection_killed_hook(struct supervisor *s);

#endif
