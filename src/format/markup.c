/* SPDX-License-Identifier: MIT
 * markup.c: see markup.h.
 */
#include "format/markup.h"

#include <stdbool.h>
#include <string.h>

#include "base/base.h"

static const char *entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void put(FILE *out, const char *text, size_t size, bool lines)
{
    for (size_t i = 0, n; i < size; i += n > 0 ? n : 1) {
        const char *name = entity(text[i]);
        n = text_printable(text + i);
        if (name)
            fputs(name, out);
        else if (n > 0)
            fwrite(text + i, 1, n, out);
        else
            fputc(lines && (text[i] == '\n' || text[i] == '\t') ? text[i] : '?', out);
    }
}

void markup_line(FILE *out, const char *text)
{
    if (text)
        put(out, text, strlen(text), false);
}

void markup_block(FILE *out, const char *text, size_t size)
{
    put(out, text, size, true);
}
