/* SPDX-License-Identifier: MIT
 * spawn.h: the one place in the supervisor that forks. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_SPAWN_H
#define SUPERVISOR_SPAWN_H

#include "supervisor/state.h"

/* Forks the runner of an actor. */
int spawn_runner(struct supervisor *s, uint32_t actor, struct error *error);
struct spawn_command {
    const char *const *argv;
    const char *directory; /* NULL: this one */
    int output;            /* stdout and stderr; -1: those of the supervisor */
    const struct inject_plan *inject; /* NULL: it is not injected */
    struct enter_hello *hello;        /* then */
    pid_t reader;                     /* who must be declared to read its memory; 0: nobody */
};
/* Forks and executes a command in a process group of its own that dies with the supervisor. Returns
 * its pid, or -1 with errno: of the fork or of the exec. */
pid_t spawn_command(const struct spawn_command *command);

#endif
