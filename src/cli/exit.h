/* SPDX-License-Identifier: MIT
 * exit.h: how a command ends: its exit status, and one line on standard error for an error. The
 * statuses are those of stress-supervisor(1). Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

#include "base/base.h"

enum cli_exit {
    CLI_PASSED = 0,
    CLI_FINDINGS = 1,
    CLI_USAGE = 2,    /* wrong usage, or not a workload: nothing was started */
    CLI_HARNESS = 3,  /* the harness itself failed */
    CLI_SKIPPED = 77, /* the workload cannot run here */
    CLI_SIGNAL = 128  /* + the number of the signal that ended the command */
};

/* Prints "stress-supervisor: TEXT" on standard error; returns `status`. What the machine lacks at
 * the moment is not wrong usage: then returns CLI_HARNESS. */
int cli_complain(const struct error *error, int status);
/* Writes what standard output still holds. Returns 0, or -1 with `error` if that fails now or
 * failed before; asked again, says the same. */
int cli_flush(struct error *error);
/* Complains that there is no memory; returns CLI_HARNESS. */
int cli_no_memory(void);

#endif
