/* SPDX-License-Identifier: MIT
 * error.h: a failure as a value: an errno code and a reason the user can act on.
 *
 * A function that can fail takes a `struct error *` as its last argument and returns -1 (or NULL)
 * on failure. It fills the error on failure and leaves it alone on success. Not async-signal-safe.
 *
 * Runs in: every process.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

enum { ERROR_TEXT = 512 };

struct error {
    int code;              /* an errno value; 0: none fits */
    char text[ERROR_TEXT]; /* one line without a newline: what failed, on what, why */
};

/* Sets the code and the text. text_copy() makes the text one printable line; a text that is too
 * long loses its middle. Appends ": strerror(code)" if code is not 0. Returns -1, so that a caller
 * can write `return error_set(...)`. */
int error_set(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Does the errno say that the machine lacks something at the moment, so that nobody did wrong? */
bool error_is_of_machine(int code);
/* Reports a failed write to standard output: "cannot write WHAT" with errno. Drops the buffered
 * output and clears the stream's error, so that the failure is not reported again at exit.
 * Returns -1. */
int error_unwritten(struct error *error, const char *what);

#endif
