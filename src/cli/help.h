/* SPDX-License-Identifier: MIT
 * help.h: prints --help from the table of options (table.h). Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/options.h"

/* Prints one command with its options, or all of them (OPTIONS_HELP), on standard output. */
void options_print_help(enum options_command of);

#endif
