/* SPDX-License-Identifier: MIT
 * variables.h: the environment variables that a replay file keeps, since what a workload does often
 * depends on them: HOME, LANG, LANGUAGE, PATH, TMPDIR, TZ, and those that begin with LC_, LD_ or
 * STRESS_. Others are not written down: they may be secrets. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_VARIABLES_H
#define RUNDIR_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "rundir/replay_file.h"

/* Adds those of this process as "NAME=VALUE", sorted; of very many, and of very long ones, not all.
 * Returns 0, or -1 with the reason. */
int variables_add(struct replay_words *to, struct error *error);
/* Writes the names of those that are not what they were, separated by commas. Returns whether there
 * are any; none differ from an empty list, which older files have. */
bool variables_differ(const struct replay_words *were, char *names, size_t size);

#endif
