/* SPDX-License-Identifier: MIT
 * replay.h: `stress-supervisor replay`, and runs of a replay file (trial.h), which `shrink` makes,
 * too. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "replay/trial.h"

/* Prints what came; the exit status: CLI_FINDINGS or CLI_PASSED, or why there is neither. */
int replay_run(const struct options *options);

#endif
