/* SPDX-License-Identifier: MIT
 * shrink.h: `stress-supervisor shrink`. Prints. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_SHRINK_H
#define SHRINK_SHRINK_H

#include "cli/cli.h"

/* Writes the shortest schedule it found; 0: done, 1: the finding did not come, 128+N: stopped. */
int shrink_run(const struct options *options);

#endif
