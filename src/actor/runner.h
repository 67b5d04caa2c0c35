/* SPDX-License-Identifier: MIT
 * runner.h: the loop of a runner: ticket, operation, delay, until the stop flag is set or an
 * operation returns STRESS_RESET or STRESS_FAIL.
 *
 * Runs in: runner.
 */
#ifndef ACTOR_RUNNER_H
#define ACTOR_RUNNER_H

#include "actor/handle.h"

/* Runs the actor after child_set_up(). Returns the exit status of the process (enum in child.h).
 * Between two operations it makes a system call only for a delay or when tickets have run out. */
int runner_run(struct stress_actor *actor);

#endif
