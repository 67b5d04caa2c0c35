/* SPDX-License-Identifier: MIT
 * hooks.h: runs the environment's hooks. User code: it may crash or hang, so the monitor is told
 * before and after; it keeps the deadline. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_HOOKS_H
#define SUPERVISOR_HOOKS_H

#include "supervisor/state.h"

/* Tells the monitor, runs it, tells the monitor. What the hook failed with is in
 * env.failure. NULL hooks are STRESS_ENV_OK. */
enum stress_env_result hooks_setup(struct supervisor *s);
enum stress_env_result hooks_reset(struct supervisor *s);
enum stress_env_result hooks_check(struct supervisor *s);
enum stress_env_result hooks_teardown(struct supervisor *s);
bool hooks_describe_is_due(const struct supervisor *s); /* not yet asked in this generation */
void hooks_describe(struct supervisor *s);

#endif
