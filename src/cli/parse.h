/* SPDX-License-Identifier: MIT
 * parse.h: from the command line to options, by the table of options (table.h). The host of a
 * workload that is not a program (workload/host.h) parses the same argv again. Not
 * async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "base/base.h"
#include "cli/options.h"

/* 0, or -1 with one line for the user (an unknown option, a bad number: which, where, what is
 * allowed). Does not print. argv stays as it is. */
int options_parse(int argc, char **argv, struct options *ret, struct error *error);

#endif
