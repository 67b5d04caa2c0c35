/* SPDX-License-Identifier: MIT
 * source.c: see source.h.
 */
#include "workload/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

enum {
    SOURCE_FILE = 1 << 20, /* bytes of a file at most */
    SOURCE_LINE = 1 << 16, /* of a line */
    SOURCE_SECTION = 45    /* of the name of a section */
};

struct source {
    const char *path;
    const struct source_events *events;
    void *user;
    struct error *error;
    uint32_t line;
    bool in_key;      /* an indented line continues a value */
    char key[64];     /* the key under way */
    uint32_t key_line;
    char *value;      /* as large as the file, so that it cannot overflow */
    size_t value_size;
};

/* Of a line, or of a part of one. */
struct span {
    const char *from, *end;
};

int source_error(struct error *error, const char *path, uint32_t line, const char *format, ...)
{
    char text[ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set(error, 0, "%s:%u: %s", path, line, text);
}

static int fail(const struct source *source, const char *text)
{
    return source_error(source->error, source->path, source->line, "%s", text);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span trim(struct span span)
{
    while (span.from < span.end && is_blank(*span.from))
        span.from++;
    while (span.from < span.end && is_blank(span.end[-1]))
        span.end--;
    return span;
}

/* NULL, or what is wrong with the bytes of a line. */
static const char *check_line(struct span line)
{
    if (line.end - line.from > SOURCE_LINE)
        return "the line is too long";
    for (; line.from < line.end; line.from++) {
        unsigned char c = (unsigned char)*line.from;
        if (c == '\0')
            return "a NUL byte: this is no text file";
        if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f)
            return "a control character";
    }
    return NULL;
}

/* Hands on the key under way, now that its value is whole. */
static int flush(struct source *source)
{
    if (!source->in_key)
        return 0;
    source->in_key = false;
    source->value[source->value_size] = '\0';
    return source->events->key(source->user, source->key, source->value, source->key_line);
}

static void append(struct source *source, struct span text)
{
    size_t size = (size_t)(text.end - text.from);
    if (source->value_size > 0)
        source->value[source->value_size++] = '\n';
    memcpy(source->value + source->value_size, text.from, size);
    source->value_size += size;
}

static int take_section(struct source *source, struct span text)
{
    char name[SOURCE_SECTION + 1];
    const char *close = memchr(text.from, ']', (size_t)(text.end - text.from));
    if (!close)
        return fail(source, "a section without its closing ']'");
    if (close - text.from > SOURCE_SECTION)
        return fail(source, "the name of the section is too long");
    struct span after = trim((struct span){ close + 1, text.end });
    if (after.from < after.end && *after.from != '#' && *after.from != ';')
        return fail(source, "there is text after the ']' of a section");
    snprintf(name, sizeof name, "%.*s", (int)(close - text.from - 1), text.from + 1);
    return source->events->section(source->user, name, source->line);
}

static int take_key(struct source *source, struct span text)
{
    const char *sign = text.from;
    while (sign < text.end && *sign != '=' && *sign != ':')
        sign++;
    if (sign == text.end)
        return fail(source, "neither a [section], nor KEY = VALUE, nor a comment");
    struct span key = trim((struct span){ text.from, sign });
    if (key.from == key.end)
        return fail(source, "a value without a key");
    snprintf(source->key, sizeof source->key, "%.*s", (int)(key.end - key.from), key.from);
    source->key_line = source->line;
    source->in_key = true;
    source->value_size = 0;
    append(source, trim((struct span){ sign + 1, text.end }));
    return 0;
}

static int take_line(struct source *source, struct span line)
{
    const char *wrong = check_line(line);
    if (wrong)
        return fail(source, wrong);
    struct span text = trim(line);
    bool indented = text.from > line.from;
    if (text.from == text.end || *text.from == '#' || (*text.from == ';' && !indented))
        return 0;
    if (indented && !source->in_key)
        return fail(source, "an indented line continues the value above it, and there is none: "
                            "begin keys and sections in the first column");
    if (indented) {
        append(source, text);
        return 0;
    }
    if (flush(source) < 0)
        return -1;
    return *text.from == '[' ? take_section(source, text) : take_key(source, text);
}

static int take_lines(struct source *source, struct span text)
{
    while (text.from < text.end) {
        const char *newline = memchr(text.from, '\n', (size_t)(text.end - text.from));
        const char *end = newline ? newline : text.end;
        source->line++;
        if (take_line(source, (struct span){ text.from, end }) < 0)
            return -1;
        text.from = newline ? newline + 1 : text.end;
    }
    return flush(source);
}

/* The whole file; NULL with the reason. */
static char *load(const char *path, size_t *ret_size, struct error *error)
{
    FD_CLEANUP int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0) {
        error_set(error, errno, "cannot read %s", path);
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(error, 0, "%s is not a regular file", path);
        return NULL;
    }
    char *text = malloc(SOURCE_FILE + 1);
    if (!text) {
        error_set(error, ENOMEM, "cannot read %s", path);
        return NULL;
    }
    size_t size = 0;
    while (size <= SOURCE_FILE) {
        ssize_t n = read(fd, text + size, SOURCE_FILE + 1 - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set(error, errno, "cannot read %s", path);
            free(text);
            return NULL;
        }
        if (n == 0)
            break;
        size += (size_t)n;
    }
    if (size > SOURCE_FILE) {
        error_set(error, 0, "%s is larger than 1 MiB: a workload file is smaller", path);
        free(text);
        return NULL;
    }
    *ret_size = size;
    return text;
}

int source_read(const char *path, const struct source_events *events, void *user,
                struct error *error)
{
    size_t size = 0;
    char *text = load(path, &size, error);
    if (!text)
        return -1;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        free(text);
        return source_error(error, path, 1, "the file begins with a byte order mark: save it as "
                                            "UTF-8 without one");
    }
    struct source source = { .path = path, .events = events, .user = user, .error = error,
                             .value = malloc(size + 1) };
    int result = source.value ? take_lines(&source, (struct span){ text, text + size })
                              : error_set(error, ENOMEM, "cannot read %s", path);
    free(source.value);
    free(text);
    return result;
}
