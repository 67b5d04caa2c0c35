/* SPDX-License-Identifier: MIT
 * file.h: workload files: see stress-supervisor-workload(5). Not async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef WORKLOAD_FILE_H
#define WORKLOAD_FILE_H

#include "workload/spec.h"

/* Reads a workload file. Returns 0, and *ret is freed with command_free(); or -1 with an error that
 * names the file, the line and what is allowed. */
int command_parse_file(const char *path, struct command_spec *ret, struct error *error);
/* Frees what `spec` owns, but not `spec`. */
void command_free(struct command_spec *spec);

#endif
