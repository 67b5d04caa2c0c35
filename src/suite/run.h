/* SPDX-License-Identifier: MIT
 * run.h: the cases side by side, each a process of this program in a process group of its own. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_RUN_H
#define SUITE_RUN_H

#include "suite/case.h"

/* Runs all cases, judges and prints each. 0, or -1: the harness failed. */
int suite_run_cases(struct suite *suite, struct error *error);

#endif
