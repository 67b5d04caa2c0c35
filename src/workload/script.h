/* SPDX-License-Identifier: MIT
 * script.h: the hooks of command workloads: commands, and the servers of the workload file. Not
 * async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef WORKLOAD_SCRIPT_H
#define WORKLOAD_SCRIPT_H

#include "workload/spec.h"

/* The hooks are those of `spec`, which is not copied and must stay valid. */
void script_use(const struct command_spec *spec);

/* For struct stress_env_spec. */
enum stress_env_result script_setup(struct stress_env *env);
enum stress_env_result script_reset(struct stress_env *env, const struct stress_reset *why);
enum stress_env_result script_check(struct stress_env *env);
enum stress_env_result script_teardown(struct stress_env *env);
void script_describe(struct stress_env *env, char *text, size_t size);

#endif
