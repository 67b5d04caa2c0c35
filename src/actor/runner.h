/* SPDX-License-Identifier: MIT
 * runner.h: the loop of a runner: ticket, operation, delay, until the stop flag is up or an
 * operation ends the run of operations.
 *
 * Runs in: runner.
 */
#ifndef ACTOR_RUNNER_H
#define ACTOR_RUNNER_H

#include "actor/handle.h"

/* The life of a runner after child_set_up(); returns its exit status (enum in child.h). No system
 * call on the way from one operation to the next, unless there is a delay or tickets ran out. */
int runner_run(struct stress_actor *actor);

#endif
