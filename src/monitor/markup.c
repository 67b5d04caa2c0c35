/* SPDX-License-Identifier: MIT
 * markup.c: text of any bytes inside XML and HTML: see markup.h. Monitor only.
 */
#include "monitor/markup.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* Printable for a terminal, but no character of XML (U+FFFE, U+FFFF), or able to show a line in
 * another order than it has (U+202A to U+202E, U+2066 to U+2069). */
static bool is_banned(const char *character, size_t length)
{
    const unsigned char *c = (const unsigned char *)character;
    if (length != 3)
        return false;
    return (c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe) ||
           (c[0] == 0xe2 && c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
           (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

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
        else if (n > 0 && !is_banned(text + i, n))
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
