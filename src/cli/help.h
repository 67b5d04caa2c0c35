/* SPDX-License-Identifier: MIT
 * help.h: --help, from the table of options (table.h). Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/options.h"

/* Prints, on standard output, all commands and options (OPTIONS_HELP), or those of one command. */
void options_print_help(enum options_command of);

#endif
