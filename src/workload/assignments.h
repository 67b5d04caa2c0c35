/* SPDX-License-Identifier: MIT
 * assignments.h: variables as a user writes them, NAME=VALUE NAME='A B' ..., as lines for a shell.
 *
 * Runs in: supervisor.
 */
#ifndef WORKLOAD_ASSIGNMENTS_H
#define WORKLOAD_ASSIGNMENTS_H

/* Returns lines that assign and export each variable, to be put before a command of /bin/sh. Values
 * have the quotes and expansions of the shell, but no blank outside of quotes. The caller frees
 * them. NULL: it is something else than assignments, or no memory. */
char *assignments_lines(const char *text);

#endif
