/* SPDX-License-Identifier: MIT
 * merge.h: `stress-supervisor merge`: the directories of the shards of a fleet as one run
 * directory. They are read one after the other, in the order of their shares, so the result does
 * not depend on the order of the command line, nor the memory on how much happened. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_MERGE_H
#define MERGE_MERGE_H

#include "cli/cli.h"

/* Runs the command, prints the report, and returns the exit status; with `error` if it could not be
 * done, which is otherwise left alone. */
int merge_directories(const struct options *options, struct error *error);

#endif
