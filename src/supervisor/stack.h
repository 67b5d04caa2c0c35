/* SPDX-License-Identifier: MIT
 * stack.h: asks the tracer for the stacks of processes of the run: of runners that hang, and of
 * servers when they crash. A crash in a runner or a hook asks by itself (actor/crash.c). Not async-
 * signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_STACK_H
#define SUPERVISOR_STACK_H

#include "supervisor/state.h"

int stack_open(struct supervisor *s, struct error *error);
/* Has the stack of a live child read; the answer comes later, or never. 0, or -1. */
int stack_ask(const struct supervisor *s, pid_t pid);
/* Whose stack was read; 0: no (more) answer is there. */
pid_t stack_answer(const struct supervisor *s);

#endif
