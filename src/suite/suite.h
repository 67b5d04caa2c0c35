/* SPDX-License-Identifier: MIT
 * suite.h: `stress-supervisor suite`: the runs and crash enumerations that suite files list, each a
 * process of its own of this program, and whether each showed what it must. This process does
 * not load or run user code. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_SUITE_H
#define SUITE_SUITE_H

#include "cli/cli.h"

/* Runs the command, prints, and returns the exit status. */
int suite_main(const struct options *options);

#endif
