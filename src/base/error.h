/* SPDX-License-Identifier: MIT
 * error.h: a failure as a value: an errno code and a reason a user can act on.
 * Functions that can fail take a `struct error *` last and return 0 or -1 (or NULL);
 * they fill it on failure and leave it alone on success. Not async-signal-safe.
 *
 * Runs in: every process.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

enum { ERROR_TEXT = 512 };

struct error {
    int code;              /* an errno value, or 0 where none fits */
    char text[ERROR_TEXT]; /* one line, no newline: what, where, why */
};

/* Sets the reason, of which text_copy() makes one printable line, without the middle if it is too
 * long; appends ": strerror(code)" if code is not 0. Returns -1, so that a caller can write
 * `return error_set(...)`. */
int error_set(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* After a failed write to standard output: `what` could not be written, by errno. What is left of it
 * goes, so that the end of the program does not say it once more. Returns -1. */
int error_unwritten(struct error *error, const char *what);

#endif
