/* SPDX-License-Identifier: MIT
 * assignments.c: see assignments.h. What separates commands is refused outside of quotes, so that
 * the shell cannot see more in a value than a value.
 */
#include "workload/assignments.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\n";

/* The length of "NAME=" at the start of the text; 0: there is none. */
static size_t name_length(const char *text)
{
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || text[n] == '_')
        n++;
    return n > 0 && !isdigit((unsigned char)text[0]) && text[n] == '=' ? n + 1 : 0;
}

/* The length of a quoted part, with its quotes; 0: it does not end. */
static size_t quoted_length(const char *text)
{
    for (size_t n = 1; text[n]; n++) {
        if (text[n] == text[0])
            return n + 1;
        if (text[0] == '"' && text[n] == '\\' && text[n + 1])
            n++;
    }
    return 0;
}

/* The length of the value at the start of the text; -1: it is none. */
static long value_length(const char *text)
{
    size_t n = 0;
    while (text[n] && !strchr(blanks, text[n])) {
        size_t part = text[n] == '\'' || text[n] == '"' ? quoted_length(text + n)
                      : text[n] == '\\' ? 2u * (text[n + 1] != '\0') : 1;
        if (part == 0 || strchr(";&|<>()`", text[n]))
            return -1;
        n += part;
    }
    return (long)n;
}

char *assignments_lines(const char *text)
{
    char *lines = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&lines, &size);
    bool wrong = !out;
    for (text += strspn(text, blanks); *text && !wrong; text += strspn(text, blanks)) {
        size_t name = name_length(text);
        long value = name > 0 ? value_length(text + name) : -1;
        wrong = value < 0;
        if (wrong)
            break;
        int whole = (int)name + (int)value;
        fprintf(out, "%.*s\nexport %.*s\n", whole, text, (int)name - 1, text);
        text += whole;
    }
    wrong = !out || fclose(out) != 0 || wrong;
    if (!wrong)
        return lines;
    free(lines);
    return NULL;
}
