/* SPDX-License-Identifier: MIT
 * new.h: `stress-supervisor new`: a workload to begin with, in a directory of its own: source,
 * build file, a suite, and a page that says what to do. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef NEW_NEW_H
#define NEW_NEW_H

#include "cli/cli.h"

/* Makes the directory and prints what is in it. Returns 0, or an exit status with `error`. */
int new_workload(const struct options *options, struct error *error);

#endif
