/* SPDX-License-Identifier: MIT
 * replay.h: `stress-supervisor replay`, and runs of a replay file (trial.h), which `shrink` makes,
 * too. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "replay/choose.h"
#include "replay/trial.h"

/* Runs the file and prints the outcome. Returns the exit status: CLI_FINDINGS if the finding
 * recurred, CLI_PASSED if not, otherwise that of an error. */
int replay_run(const struct options *options);

#endif
