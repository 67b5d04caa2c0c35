/* SPDX-License-Identifier: MIT
 * command.h: workloads that are not programs of their own, plain commands and workload files, made
 * into one against <stress.h>: its actors run commands, and so do its hooks. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef WORKLOAD_COMMAND_H
#define WORKLOAD_COMMAND_H

#include "workload/spec.h"

/* The workload of a spec. One per process: both stay valid until the process ends. */
const struct stress_workload *command_workload(const struct command_spec *spec);

#endif
