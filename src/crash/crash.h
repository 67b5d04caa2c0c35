/* SPDX-License-Identifier: MIT
 * crash.h: `stress-supervisor crash`: enumerates. One clean run, in a serial schedule, writes down
 * where faults could be put; then one run for each point and fault, in an environment of its own,
 * ends with the reset and the check that follow the fault.
 *
 * The process that does this forks the monitors of the runs (worker.h); it runs no user code and
 * loads none. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_CRASH_H
#define CRASH_CRASH_H

#include "cli/cli.h"
#include "workload/workload.h"

/* The exit status: 0 all points ok; 1 findings; 2 wrong usage; 3 the harness failed, or a point was
 * not reached again; 77, 128+N as for a run. Prints. */
int crash_run(const struct options *options, const struct subject *subject, char **argv);

#endif
