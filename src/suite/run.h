/* SPDX-License-Identifier: MIT
 * run.h: runs the cases in parallel, each as a process of this program in its own process group.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_RUN_H
#define SUITE_RUN_H

#include "suite/case.h"

/* Runs, judges and prints all cases that were not started. Returns 0, or -1 with `error`: the
 * harness failed. */
int suite_run_cases(struct suite *suite, struct error *error);

#endif
