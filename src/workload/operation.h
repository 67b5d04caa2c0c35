/* SPDX-License-Identifier: MIT
 * operation.h: the operations of command workloads: one run of a command, or one break. Runner.
 */
#ifndef WORKLOAD_OPERATION_H
#define WORKLOAD_OPERATION_H

#include "workload/command.h"

/* Supervisor: whose actors the runners will be. Kept, not copied. */
void operation_use(const struct command_spec *spec);

/* For struct stress_actor_spec. */
enum stress_outcome operation_start(struct stress_actor *actor);
enum stress_outcome operation_perform(struct stress_actor *actor);

#endif
