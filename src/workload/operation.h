/* SPDX-License-Identifier: MIT
 * operation.h: the operations of command workloads: one run of a command, or one break.
 *
 * Runs in: runner.
 */
#ifndef WORKLOAD_OPERATION_H
#define WORKLOAD_OPERATION_H

#include "workload/spec.h"

/* Supervisor: whose actors the runners will be. Kept, not copied. */
void operation_use(const struct command_spec *spec);

/* For struct stress_actor_type. */
enum stress_outcome operation_start(struct stress_actor *actor);
enum stress_outcome operation_perform(struct stress_actor *actor);

#endif
