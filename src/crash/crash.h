/* SPDX-License-Identifier: MIT
 * crash.h: `stress-supervisor crash`: enumerates. One clean run, in a serial schedule, records the
 * points: the calls where faults can be injected. Then there is one run, in an environment of its
 * own, for each point and fault; it ends with the reset and the check that follow the fault.
 *
 * This process forks the monitors of the runs (worker.h). It does not load or run user code. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_CRASH_H
#define CRASH_CRASH_H

#include "cli/cli.h"
#include "workload/workload.h"

/* Checks the options that the parser leaves to this command: calls, faults and models. Returns 0,
 * or -1 with `error`. */
int crash_check(const struct options *options, struct error *error);
/* Runs the command and prints what it found. Returns the exit status: 0: all points are ok; 1:
 * findings; 2: wrong usage; 3: the harness failed, or a point was not reached again; 77, 128+N: as
 * for a run. */
int crash_run(const struct options *options, const struct subject *subject, char **argv);

#endif
