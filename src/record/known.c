/* SPDX-License-Identifier: MIT
 * known.c: see known.h.
 */
#include "record/known.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { KNOWN_BYTES = 1 << 20 };

struct reader {
    const char *path;
    unsigned line;
    struct known *known;
    struct error *error;
};

static int refuse(const struct reader *reader, const char *what, const char *text)
{
    char shown[64];
    text_copy(shown, sizeof shown, text);
    return error_set(reader->error, 0, "%s:%u: %s%s%s%s", reader->path, reader->line, what,
                     *shown ? ": '" : "", shown, *shown ? "'" : "");
}

/* ---- values ------------------------------------------------------------------------------ */

static int take_bucket(const struct reader *reader, char *value)
{
    if (text_unescape(value))
        return refuse(reader, "bad escape: give \\\\, \\n or \\xHH", value);
    if (known_find(reader->known, value))
        return refuse(reader, "this bucket is given twice", value);
    struct known *known = reader->known;
    if (known->n == KNOWN_MOST)
        return refuse(reader, "more findings than can be known", "");
    known->list[known->n++] = (struct known_entry){ .bucket = value };
    return 0;
}

/* An instant before 1970 may be refused: nothing is known for so long. */
static bool is_date(const char *text)
{
    struct tm date = { .tm_mday = 0 };
    char again[16];
    const char *end = strptime(text, "%Y-%m-%d", &date);
    return end && *end == '\0' && timegm(&date) != -1 && /* which makes the 31st of June a 1st */
           strftime(again, sizeof again, "%Y-%m-%d", &date) > 0 &&
           strcmp(again, text) == 0;
}

static int take_line(const struct reader *reader, char *text)
{
    struct known *known = reader->known;
    struct known_entry *last = known->n > 0 ? &known->list[known->n - 1] : NULL;
    char *colon = strchr(text, ':');
    if (!colon)
        return refuse(reader, "neither KEY: VALUE nor a comment", text);
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t");
    if (*value == '\0')
        return refuse(reader, "no value for this key", text);
    if (strcmp(text, "bucket") == 0)
        return last && !(last->since && last->reason)
                   ? refuse(reader, "the bucket before needs both since: and reason:", "")
                   : take_bucket(reader, value);
    char **to = !last ? NULL : strcmp(text, "since") == 0 ? &last->since
                               : strcmp(text, "reason") == 0 ? &last->reason : NULL;
    if (!to)
        return refuse(reader, last ? "unknown key: allowed are bucket, since, reason"
                                   : "this comes before the first bucket:", text);
    if (*to)
        return refuse(reader, "this key is given twice", text);
    if (to == &last->since && !is_date(value))
        return refuse(reader, "not a date: give YYYY-MM-DD", value);
    *to = value;
    return 0;
}

/* ---- the file ---------------------------------------------------------------------------- */

static int read_lines(struct reader *reader, char *text)
{
    const struct known *known = reader->known;
    int result = 0;
    for (char *line; result == 0 && (line = strsep(&text, "\n"));) {
        size_t n = strlen(line);
        reader->line += text != NULL || n > 0; /* what follows the last newline is not a line */
        while (n > 0 && isspace((unsigned char)line[n - 1]))
            line[--n] = '\0';
        line += strspn(line, " \t");
        if (*line != '\0' && *line != '#')
            result = take_line(reader, line);
    }
    const struct known_entry *last = known->n > 0 ? &known->list[known->n - 1] : NULL;
    return result == 0 && last && !(last->since && last->reason)
               ? refuse(reader, "the last bucket needs both since: and reason:", "") : result;
}

/* Reads the whole file, with a NUL behind it. */
static char *load(const char *path, struct error *error)
{
    struct stat status;
    int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool regular = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    char *text = regular ? calloc(1, KNOWN_BYTES + 1) : NULL;
    ssize_t n = text ? pread(fd, text, KNOWN_BYTES + 1, 0) : -1;
    if (fd >= 0 && !regular)
        error_set(error, EINVAL, "cannot read %s", path);
    else if (n < 0)
        error_set(error, errno, "cannot read %s", path);
    else if (n > KNOWN_BYTES)
        error_set(error, EFBIG, "cannot read %s", path);
    else if (strlen(text) != (size_t)n)
        error_set(error, 0, "%s: it has bytes that are 0: this is no text file", path);
    else
        return text;
    free(text);
    return NULL;
}

int known_read(const char *path, struct known *ret, struct error *error)
{
    struct reader reader = { .path = path, .known = ret, .error = error };
    *ret = (struct known){ .n = 0 };
    ret->text = load(path, error);
    if (!ret->text)
        return -1;
    if (read_lines(&reader, ret->text) == 0)
        return 0;
    known_free(ret);
    return -1;
}

const struct known_entry *known_find(const struct known *known, const char *bucket)
{
    for (unsigned i = 0; i < known->n; i++)
        if (strcmp(known->list[i].bucket, bucket) == 0)
            return &known->list[i];
    return NULL;
}

void known_free(struct known *known)
{
    free(known->text);
    *known = (struct known){ .n = 0 };
}
