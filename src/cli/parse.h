/* SPDX-License-Identifier: MIT
 * parse.h: parses the command line with the table of options (table.h). A workload that is not a
 * program runs in a host (workload/host.h), which parses the same argv again. Not
 * async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "base/base.h"
#include "cli/options.h"

/* Fills in `ret`, whose strings point into argv. Returns 0, or -1 with one line for the user: what
 * is wrong, in which option, and what is allowed. Does not print and does not change argv. */
int options_parse(int argc, char **argv, struct options *ret, struct error *error);

#endif
