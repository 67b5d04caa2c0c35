/* SPDX-License-Identifier: MIT
 * line.h: the way back: from options to the words that mean them. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CLI_LINE_H
#define CLI_LINE_H

#include "cli/options.h"

/* Hands over each option that a replay has to be run with, as one word: "--op-timeout=5s". -1: no
 * memory, or what `add` returned. */
int options_kept(const struct options *options, int (*add)(void *user, const char *word),
                 void *user);
/* The command line, quoted for a shell, that does the same again with this seed: without --output,
 * -v and -q. NULL: no memory; the caller frees it. */
char *options_command_line(const struct options *options, uint64_t seed);

#endif
