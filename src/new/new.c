/* SPDX-License-Identifier: MIT
 * new.c: see new.h.
 */
#include "new/new.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "new/templates.h"

static const char mark[] = "@NAME@";

/* Writes a text with the name for each mark. */
static void fill(FILE *out, const char *text, const char *name)
{
    for (const char *at; (at = strstr(text, mark)); text = at + sizeof mark - 1) {
        fwrite(text, 1, (size_t)(at - text), out);
        fputs(name, out);
    }
    fputs(text, out);
}

static void fill_name(char *to, size_t size, const char *text, const char *name)
{
    const char *at = strstr(text, mark);
    snprintf(to, size, "%.*s%s%s", (int)(at ? at - text : 0), text, at ? name : "",
             at ? at + sizeof mark - 1 : text);
}

static int write_file(int at, const struct template_file *file, const char *name,
                      struct error *error)
{
    char path[2 * TEXT_NAME];
    fill_name(path, sizeof path, file->name, name);
    int fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file->mode);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) {
        error_set(error, errno, "cannot make %s/%s", name, path);
        fd_close(&fd);
        return -1;
    }
    fill(out, file->text, name);
    bool failed = ferror(out);
    if (fclose(out) == 0 && !failed)
        return 0;
    return error_set(error, errno, "cannot write %s/%s", name, path);
}

static int write_files(const struct options *options, struct error *error)
{
    const struct template_file *files = templates[options->language];
    const char *name = options->subject;
    int at FD_CLEANUP = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return error_set(error, errno, "cannot open %s", name);
    for (unsigned i = 0; i < TEMPLATES_FILES && files[i].name; i++)
        if (write_file(at, &files[i], name, error) < 0)
            return -1;
    return 0;
}

static void say(const struct options *options)
{
    const struct template_file *files = templates[options->language];
    char path[2 * TEXT_NAME];
    for (unsigned i = 0; i < TEMPLATES_FILES && files[i].name; i++) {
        fill_name(path, sizeof path, files[i].name, options->subject);
        printf("%s/%s\n", options->subject, path);
    }
    printf("\nBegin with: cd %s && make check\n", options->subject);
}

int new_workload(const struct options *options, struct error *error)
{
    char shown[64];
    text_copy(shown, sizeof shown, options->subject);
    if (!text_is_name(options->subject)) {
        error_set(error, 0, "'%s' cannot be the name of a workload: give at most %d of A-Z a-z 0-9 "
                  "_ . -, not '-' or '.' first", shown, TEXT_NAME - 1);
        return CLI_USAGE;
    }
    if (mkdir(options->subject, 0777) < 0) {
        error_set(error, errno, "cannot make the directory %s", shown);
        return CLI_USAGE;
    }
    if (write_files(options, error) < 0)
        return CLI_HARNESS;
    say(options);
    return CLI_PASSED;
}
