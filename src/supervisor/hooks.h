/* SPDX-License-Identifier: MIT
 * hooks.h: runs the environment's hooks. A hook is user code that may crash or hang, so the monitor
 * is told before and after it, and enforces the deadline. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_HOOKS_H
#define SUPERVISOR_HOOKS_H

#include "supervisor/state.h"

/* Each runs one hook and returns its result; STRESS_ENV_OK if the hook is NULL. env.failure has the
 * reason of a failure. */
enum stress_env_result hooks_setup(struct supervisor *s);
enum stress_env_result hooks_reset(struct supervisor *s);
enum stress_env_result hooks_check(struct supervisor *s);
enum stress_env_result hooks_teardown(struct supervisor *s);
bool hooks_describe_is_due(const struct supervisor *s); /* not yet run in this generation */
void hooks_describe(struct supervisor *s);

#endif
