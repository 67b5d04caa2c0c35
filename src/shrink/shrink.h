/* SPDX-License-Identifier: MIT
 * shrink.h: `stress-supervisor shrink`. Prints. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_SHRINK_H
#define SHRINK_SHRINK_H

#include "cli/cli.h"

/* Writes the shortest replay file that it finds. Returns the exit status: 0: done; 1: the finding
 * did not recur; 2: wrong usage; 3: the harness failed; 128+N: stopped by signal N. */
int shrink_run(const struct options *options);

#endif
