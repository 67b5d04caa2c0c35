/* SPDX-License-Identifier: MIT
 * command.h: makes plain commands and workload files a workload of <stress.h>, whose actors and
 * hooks run commands. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef WORKLOAD_COMMAND_H
#define WORKLOAD_COMMAND_H

#include "workload/spec.h"

/* The workload of `spec`, which must stay valid until the process ends, as the workload does. There
 * is one per process. */
const struct stress_workload *command_workload(const struct command_spec *spec);

#endif
