/* SPDX-License-Identifier: MIT
 * stack.h: asks the tracer for the stacks of runners that hang. The handler of a crash asks for
 * those of runners and hooks that crash (actor/crash.c). Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_STACK_H
#define SUPERVISOR_STACK_H

#include "supervisor/state.h"

/* Opens the socket for answers and installs the crash handlers. */
int stack_open(struct supervisor *s, struct error *error);
/* Asks for the stack of a live child. The answer comes later, or never. Returns 0, or -1 with
 * errno. */
int stack_ask(const struct supervisor *s, pid_t pid);
/* Returns the pid of a process whose stack was read; 0: there is no answer yet. */
pid_t stack_answer(const struct supervisor *s);

#endif
