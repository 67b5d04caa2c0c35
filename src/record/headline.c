/* SPDX-License-Identifier: MIT
 * headline.c: see headline.h.
 */
#include "record/headline.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

enum { LINE = 512 };

struct text {
    const char *at;
    size_t size;
};

static bool begins(const char *at, const char *end, const char *words)
{
    size_t length = strlen(words);
    return (size_t)(end - at) >= length && memcmp(at, words, length) == 0;
}

/* The text from the last occurrence of `words` to the end; size 0: they do not occur. */
static struct text from_last(struct text in, const char *words)
{
    for (size_t i = in.size; i-- > 0;)
        if (begins(in.at + i, in.at + in.size, words))
            return (struct text){ in.at + i, in.size - i };
    return (struct text){ in.at, 0 };
}

/* Only the end of a long report is kept; its last line names the process, too. */
static struct text summary_before(struct text in, const char *summary, int32_t pid)
{
    char mark[32];
    snprintf(mark, sizeof mark, "==%d==ABORTING", (int)pid);
    struct text end = from_last(in, mark);
    if (end.size > 0)
        in.size = (size_t)(end.at - in.at);
    return end.size > 0 ? from_last(in, summary) : end;
}

static struct text from_first(struct text in, const char *words)
{
    const char *found = in.size > 0 ? memmem(in.at, in.size, words, strlen(words)) : NULL;
    return found ? (struct text){ found, in.size - (size_t)(found - in.at) }
                 : (struct text){ in.at, 0 };
}

/* Copies the first line of `text`, without the `words` that begin it. */
static void line_of(struct text text, const char *words, char line[LINE])
{
    size_t skip = strlen(words), n = 0;
    for (size_t i = skip; i < text.size && text.at[i] != '\n' && n + 1 < LINE; i++)
        line[n++] = text.at[i] ? text.at[i] : ' ';
    line[n] = '\0';
}

/* Removes the file from "TOOL: KIND FILE:LINE:COLUMN in FUNCTION". */
static void drop_place(char line[LINE])
{
    char *colon = strstr(line, ": "), *in = strstr(line, " in ");
    char *end = colon ? strchr(colon + 2, ' ') : NULL;
    if (!end)
        return;
    if (in < end)
        in = end + strlen(end);
    const char *mark = strpbrk(end, ":+");
    if (mark && mark < in)
        memmove(end, in, strlen(in) + 1);
}

/* Numbers differ from one occurrence to the next; those within a word belong to a name. */
static void drop_numbers(char *line)
{
    char *to = line;
    for (char *from = line; *from;) {
        bool number = isdigit((unsigned char)*from) &&
                      (from == line || !(isalnum((unsigned char)from[-1]) || from[-1] == '_'));
        if (!number) {
            *to++ = *from++;
            continue;
        }
        while (isalnum((unsigned char)*from))
            from++;
        *to++ = '#';
    }
    *to = '\0';
}

bool headline_find(const char *output, size_t size, int32_t pid, char *ret, size_t ret_size)
{
    static const char summary[] = "SUMMARY: ", error[] = "runtime error: ";
    char line[LINE] = "", mark[32];
    struct text whole = { output, size };
    snprintf(mark, sizeof mark, "==%d==ERROR: ", (int)pid);
    struct text report = from_first(from_last(whole, mark), summary);
    if (report.size == 0)
        report = summary_before(whole, summary, pid);
    if (report.size > 0) {
        line_of(report, summary, line);
        drop_place(line);
        drop_numbers(line);
        text_copy(ret, ret_size, line);
        return true;
    }
    /* A report of this tool does not name its process. It counts if it comes last, apart from a
     * summary and a stack. */
    report = from_last(whole, error);
    const char *end = report.size > 0 ? memchr(report.at, '\n', report.size) : NULL;
    if (!end)
        return false;
    for (const char *next = end + 1; next < output + size;) {
        bool more = *next == ' ' || *next == '\n' || begins(next, output + size, summary);
        if (!more)
            return false;
        next = memchr(next, '\n', (size_t)(output + size - next));
        if (!next)
            break;
        next++;
    }
    line_of(report, error, line);
    drop_numbers(line);
    char text[LINE + 32];
    snprintf(text, sizeof text, "UndefinedBehaviorSanitizer: %s", line);
    text_copy(ret, ret_size, text);
    return true;
}
