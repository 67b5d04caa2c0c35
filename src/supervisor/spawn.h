/* SPDX-License-Identifier: MIT
 * spawn.h: the one place where the supervisor forks runners and commands. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_SPAWN_H
#define SUPERVISOR_SPAWN_H

#include "supervisor/state.h"

/* Zeroes the slot of an actor and forks its runner. Returns 0, or -1 with `error`. */
int spawn_runner(struct supervisor *s, uint32_t actor, struct error *error);
struct spawn_command {
    const char *const *argv;
    char *const *environment; /* NULL: that of the supervisor */
    const char *directory; /* to run in; NULL: that of the supervisor */
    int output;            /* becomes stdout and stderr; -1: those of the supervisor */
    const struct inject_plan *inject; /* NULL: not injected */
    struct enter_hello *hello;        /* what it tells the injector; NULL without `inject` */
    pid_t reader;                     /* declared with PR_SET_PTRACER; 0: none */
};
/* Forks and executes a command in a process group of its own, which is killed when the supervisor
 * dies. Returns its pid, or -1 with errno if the fork or the exec failed. */
pid_t spawn_command(const struct spawn_command *command);

#endif
