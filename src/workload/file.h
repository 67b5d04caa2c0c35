/* SPDX-License-Identifier: MIT
 * file.h: workload files: man/stress-supervisor-workload.5. Not async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef WORKLOAD_FILE_H
#define WORKLOAD_FILE_H

#include "workload/spec.h"

/* Reads a workload file. Errors name the file, the line, and what is allowed. 0 or -1. */
int command_parse_file(const char *path, struct command_spec *ret, struct error *error);
void command_free(struct command_spec *spec);

#endif
