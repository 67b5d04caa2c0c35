/* SPDX-License-Identifier: MIT
 * choose.h: the findings of a run directory, where `replay` and `shrink` want one of them. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPLAY_CHOOSE_H
#define REPLAY_CHOOSE_H

#include <stdbool.h>

#include "base/base.h"

/* Whether the path is a run directory. If so, prints for each finding that can be run again the
 * line of `command` that does it, and sets `error`: one of them must be chosen. */
bool replay_choose(const char *path, const char *command, struct error *error);

#endif
