/* SPDX-License-Identifier: MIT
 * source.c: see source.h. Monitor and host process.
 */
#include "workload/source.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

enum {
    SOURCE_FILE = 1 << 20,  /* bytes of a file at most */
    SOURCE_LINE = 1 << 16,  /* of a line; far above inih's buffer: long lines go in pieces */
    SOURCE_SECTION = 45,    /* of a section line; inih cuts longer names off */
    SOURCE_SEMICOLON = 1,   /* stands for ';', which inih takes for a comment after a blank */
    SOURCE_JOINT = 2        /* where a long line was cut; keeps inih from trimming blanks there */
};
/* A key of our own after each section line, so that empty ones show. */
#define SOURCE_MARK "\001=\n"

struct source {
    const char *path;
    const struct source_events *events;
    void *user;
    struct error *error;
    const char *next, *end; /* what was not given to inih yet */
    uint32_t line;          /* that inih has now */
    const char *rest;       /* of a long line, NULL: none */
    const char *line_end;
    bool mark;              /* the mark of a section comes next */
    bool in_key;            /* an indented line continues a value */
    bool continued;         /* inih has a continuation now */
    bool owed;              /* inih has a line that must make it call */
    bool failed;
    char key[64];           /* the key under way, "" none */
    uint32_t key_line;
    char *value;            /* as large as the file, so that it cannot overflow */
    size_t value_size;
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

static char *fail(struct source *source, const char *text)
{
    source_error(source->error, source->path, source->line, "%s", text);
    source->failed = true;
    return NULL;
}

/* One piece of a line, as much as inih's buffer takes. */
static char *give(struct source *source, char *to, size_t size, const char *from, bool first)
{
    size_t at = 0;
    size_t left = (size_t)(source->line_end - from);
    if (!first) {
        to[at++] = ' '; /* a continuation to inih */
        to[at++] = SOURCE_JOINT;
    }
    size_t room = size - at - 3; /* a joint, the newline, the NUL */
    size_t n = left < room ? left : room;
    for (size_t i = 0; i < n; i++)
        to[at++] = from[i] == ';' ? SOURCE_SEMICOLON : from[i];
    source->rest = n < left ? from + n : NULL;
    if (source->rest)
        to[at++] = SOURCE_JOINT;
    to[at++] = '\n';
    to[at] = '\0';
    source->continued = source->continued || !first;
    source->owed = true;
    return to;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *from, const char *end)
{
    while (from < end && is_blank(*from))
        from++;
    return from;
}

static char *give_section(struct source *source, char *to, size_t size, const char *from)
{
    const char *end = source->line_end;
    const char *close = memchr(from, ']', (size_t)(end - from));
    if (!close)
        return fail(source, "a section without its closing ']'");
    if (close - from > SOURCE_SECTION)
        return fail(source, "the name of the section is too long");
    const char *after = skip_blanks(close + 1, end);
    if (after < end && *after != '#' && *after != ';')
        return fail(source, "there is text after the ']' of a section");
    source->line_end = close + 1;
    source->in_key = false;
    source->mark = true;
    give(source, to, size, from, true);
    source->owed = false;
    return to;
}

/* NULL, or what is wrong with the bytes of a line. */
static const char *check_line(const char *from, const char *end)
{
    if (end - from > SOURCE_LINE)
        return "the line is too long";
    for (; from < end; from++) {
        unsigned char c = (unsigned char)*from;
        if (c == '\0')
            return "a NUL byte: this is no text file";
        if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f)
            return "a control character";
    }
    return NULL;
}

static char *give_line(struct source *source, char *to, size_t size)
{
    const char *from = source->next;
    const char *newline = memchr(from, '\n', (size_t)(source->end - from));
    source->line_end = newline ? newline : source->end;
    source->next = newline ? newline + 1 : source->end;
    source->line++;
    const char *wrong = check_line(from, source->line_end);
    if (wrong)
        return fail(source, wrong);
    const char *text = skip_blanks(from, source->line_end);
    bool indented = text > from;
    if (text == source->line_end || *text == '#' || (*text == ';' && !indented))
        return snprintf(to, size, "\n") > 0 ? to : NULL;
    if (indented && !source->in_key)
        return fail(source, "an indented line continues the value above it, and there is none: "
                            "begin keys and sections in the first column");
    source->continued = indented;
    if (*text == '[' && !indented)
        return give_section(source, to, size, text);
    return give(source, to, size, from, true);
}

/* What inih calls for a line; fgets() to it. */
static char *reader(char *to, int size, void *stream)
{
    struct source *source = stream;
    if (source->failed)
        return NULL;
    if (source->rest && !source->owed)
        return give(source, to, (size_t)size, source->rest, false);
    if (source->owed)
        return fail(source, "neither a [section], nor KEY = VALUE, nor a comment");
    if (source->mark) {
        source->owed = true;
        return snprintf(to, (size_t)size, "%s", SOURCE_MARK) > 0 ? to : NULL;
    }
    return source->next < source->end ? give_line(source, to, (size_t)size) : NULL;
}

/* Hands on the key under way, now that its value is whole. */
static void flush(struct source *source)
{
    if (source->key[0] == '\0' || source->failed)
        return;
    source->value[source->value_size] = '\0';
    source->failed =
        source->events->key(source->user, source->key, source->value, source->key_line) < 0;
    source->key[0] = '\0';
}

static void append(struct source *source, const char *piece)
{
    for (; *piece; piece++)
        if (*piece == SOURCE_SEMICOLON)
            source->value[source->value_size++] = ';';
        else if (*piece != SOURCE_JOINT)
            source->value[source->value_size++] = *piece;
}

/* What inih calls for a key, and for each continuation line of its value. */
static int handler(void *user, const char *section, const char *name, const char *value)
{
    struct source *source = user;
    if (source->failed)
        return 1;
    source->owed = false;
    if (source->continued) {
        if (value[0] != SOURCE_JOINT && source->value_size > 0)
            source->value[source->value_size++] = '\n';
        append(source, value);
        return 1;
    }
    flush(source);
    if (source->mark) {
        source->mark = false;
        if (!source->failed)
            source->failed = source->events->section(source->user, section, source->line) < 0;
        return 1;
    }
    if (name[0] == '\0') {
        fail(source, "a value without a key");
        return 1;
    }
    snprintf(source->key, sizeof source->key, "%s", name);
    source->key_line = source->line;
    source->in_key = true;
    source->value_size = 0;
    append(source, value);
    return 1;
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
        error_set(error, 0, "%s is larger than 1 MiB: this is no workload file", path);
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
    struct source source = {
        .path = path, .events = events, .user = user, .error = error,
        .next = text, .end = text + size, .value = malloc(size + 1),
    };
    if (!source.value) {
        free(text);
        return error_set(error, ENOMEM, "cannot read %s", path);
    }
    int result = ini_parse_stream(reader, &source, handler, &source);
    flush(&source);
    /* The reader sees every line that inih cannot take; this is for what is left. */
    if (result != 0 && !source.failed) {
        source.failed = true;
        error_set(error, result == -2 ? ENOMEM : 0, "%s: the file cannot be understood", path);
    }
    free(source.value);
    free(text);
    return source.failed ? -1 : 0;
}
