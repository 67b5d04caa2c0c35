/* SPDX-License-Identifier: MIT
 * error.c: see error.h.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Leaves out the middle of a text that is too long: the reason stands at its end. */
static void shorten(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);
    if (length >= size) {
        text_copy(to, size / 2, from);
        size_t used = strlen(to);
        used += (size_t)snprintf(to + used, size - used, "...");
        to += used;
        size -= used;
        from += length - size + 1;
        while (((unsigned char)*from & 0xc0) == 0x80) /* inside a character */
            from++;
    }
    text_copy(to, size, from);
}

int error_set(struct error *error, int code, const char *format, ...)
{
    char reason[128] = "", *text = NULL;
    va_list arguments;
    error->code = code;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (code != 0)
        snprintf(reason, sizeof reason, ": %s", strerror(code));
    shorten(error->text, sizeof error->text - strlen(reason), text ? text : strerror(ENOMEM));
    free(text);
    memcpy(error->text + strlen(error->text), reason, strlen(reason) + 1);
    return -1;
}

bool error_is_of_machine(int code)
{
    static const int codes[] = { ENOMEM, EAGAIN, EMFILE, ENFILE, EIO };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code)
            return true;
    return false;
}

int error_unwritten(struct error *error, const char *what)
{
    int code = errno;
    fflush(stdout);
    clearerr(stdout);
    return error_set(error, code, "cannot write %s", what);
}
