/* SPDX-License-Identifier: MIT
 * operation.h: the operations of command workloads: one run of a command, or one break. Not
 * async-signal-safe.
 *
 * Runs in: runner.
 */
#ifndef WORKLOAD_OPERATION_H
#define WORKLOAD_OPERATION_H

#include "workload/spec.h"

/* Called in the supervisor: the actors of `spec` will be the runners'. `spec` is not copied, so it
 * must stay valid. */
void operation_use(const struct command_spec *spec);

/* The hooks of struct stress_actor_spec; for runners. */
enum stress_outcome operation_start(struct stress_actor *actor);
enum stress_outcome operation_perform(struct stress_actor *actor);

#endif
