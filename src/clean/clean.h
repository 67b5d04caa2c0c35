/* SPDX-License-Identifier: MIT
 * clean.h: `stress-supervisor clean`: removes old run directories. What is in use, and what is not
 * a run directory, stays. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CLEAN_CLEAN_H
#define CLEAN_CLEAN_H

#include "cli/cli.h"

/* Runs the command and returns the exit status; with `error` if it could not be done. */
int clean_directories(const struct options *options, struct error *error);

#endif
