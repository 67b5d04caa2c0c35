/* SPDX-License-Identifier: MIT
 * words.c: see words.h. The list is of plain characters, not of special ones, so none is forgotten.
 */
#include "workload/words.h"

#include <string.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "_-./:,+@%= \t";

/* Reserved words and built-in commands: POSIX.1-2017, XCU 2.4 and 2.14, and those of usual
 * shells. */
static const char *const own[] = {
    ".", ":", "alias", "bg", "break", "builtin", "case", "cd", "command", "continue", "declare",
    "do", "done", "echo", "elif", "else", "enable", "esac", "eval", "exec", "exit", "export",
    "false", "fc", "fg", "fi", "for", "function", "getopts", "hash", "if", "in", "jobs", "kill",
    "let", "local", "newgrp", "printf", "pwd", "read", "readonly", "return", "select", "set",
    "shift", "source", "test", "then", "time", "times", "trap", "true", "type", "typeset", "ulimit",
    "umask", "unalias", "unset", "until", "wait", "while",
};

/* A command of the shell, or an assignment, which = makes of the first word. */
static bool is_own(const char *word)
{
    if (strchr(word, '='))
        return true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], word) == 0)
            return true;
    return false;
}

bool words_split(const char *line, struct words *ret)
{
    size_t n = 0;
    char *rest;
    if (line[strspn(line, plain)] != '\0' || strlen(line) >= sizeof ret->bytes)
        return false;
    strcpy(ret->bytes, line);
    for (char *word = strtok_r(ret->bytes, " \t", &rest); word;
         word = strtok_r(NULL, " \t", &rest)) {
        if (n == WORDS_MOST)
            return false;
        ret->argv[n++] = word;
    }
    ret->argv[n] = NULL;
    return n > 0 && !is_own(ret->argv[0]);
}
