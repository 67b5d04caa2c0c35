/* SPDX-License-Identifier: MIT
 * words.h: recognises command lines that need no shell. A shell costs one more exec for each
 * operation and each check; make(1) leaves it out in the same way. Not async-signal-safe.
 *
 * Runs in: supervisor, runner.
 */
#ifndef WORKLOAD_WORDS_H
#define WORKLOAD_WORDS_H

#include <stdbool.h>

enum { WORDS_MOST = 64, WORDS_BYTES = 4096 }; /* longer lines go to the shell */

struct words {
    char *argv[WORDS_MOST + 1];
    char bytes[WORDS_BYTES];
};

/* True if /bin/sh -c would only execute the words of the line: it has no character that is special
 * to a shell, and its first word is not a command of the shell. The words are in ret->argv. */
bool words_split(const char *line, struct words *ret);

#endif
