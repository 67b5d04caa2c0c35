/* SPDX-License-Identifier: MIT
 * line.h: turns options back into the words of a command line. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CLI_LINE_H
#define CLI_LINE_H

#include <stdio.h>

#include "cli/options.h"

/* Calls `add` with each option that a replay needs, as one word: "--op-timeout=5s". Returns 0, -1
 * if there is no memory, or what `add` returned if that is negative. */
int options_kept(const struct options *options, int (*add)(void *user, const char *word),
                 void *user);
/* The same for each option on which the shares of one whole agree: what is done, and how it is
 * judged, but not how much and how long. */
int options_same(const struct options *options, int (*add)(void *user, const char *word),
                 void *user);
/* Returns words, quoted for a shell. The caller frees it. NULL: no memory. */
char *options_quoted(int argc, char **argv);
/* Prints "# in DIRECTORY": where such a line has its paths. */
void options_print_directory(FILE *out);
/* The variable that names those of a suite's matrix, separated by commas. */
#define OPTIONS_SUITE_VARIABLES "STRESS_SUITE_VARIABLES"
/* Returns a command line, quoted for a shell, that repeats the command with this seed; it leaves
 * out --output, --metrics, --history, --known, -v and -q. Before it are the variables of this
 * process that begin with STRESS_ or LD_, and those that OPTIONS_SUITE_VARIABLES names. The caller
 * frees it. NULL: no memory. */
char *options_command_line(const struct options *options, uint64_t seed);

#endif
