/* SPDX-License-Identifier: MIT
 * words.h: command lines that need no shell. A shell costs an exec more, for each operation and
 * each check; make(1) has done without where it can for as long.
 *
 * Runs in: supervisor, runner.
 */
#ifndef WORKLOAD_WORDS_H
#define WORKLOAD_WORDS_H

#include <stdbool.h>

enum { WORDS_MOST = 64, WORDS_BYTES = 4096 };

struct words {
    char *argv[WORDS_MOST + 1];
    char bytes[WORDS_BYTES];
};

/* True: /bin/sh -c would do no more with the line than execute these words: no character means
 * anything to it, and the first word is none of its own commands. */
bool words_split(const char *line, struct words *ret);

#endif
