/* SPDX-License-Identifier: MIT
 * suite.h: `stress-supervisor suite`: the runs and crash enumerations that suite files list, each a
 * process of its own of this program, and whether each showed what it must; and `matrix`, whose
 * cases are a run for each preset of faults and each action. This process does not load or run user
 * code. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_SUITE_H
#define SUITE_SUITE_H

#include "cli/cli.h"
#include "workload/workload.h"

/* Runs the command, prints, and returns the exit status. */
int suite_main(const struct options *options);
/* The same for `matrix`. `argv` is the whole command line. */
int suite_matrix(const struct options *options, const struct subject *subject, char **argv);

#endif
