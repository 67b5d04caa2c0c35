/* SPDX-License-Identifier: MIT
 * rundir.c: the run directory, its events and its result: see rundir.h. Monitor only.
 */
#include "monitor/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "monitor/member.h"
#include "monitor/report.h"

#define RESULT_TEMPORARY ".result.json.tmp"

static char *shown(const char *path, char buffer[256])
{
    text_copy(buffer, 256, path);
    return buffer;
}

/* ---- making it --------------------------------------------------------------------------- */

/* 1: an empty directory, 0: there is none, -1: neither. */
static int look(const char *path, struct error *error)
{
    char name[256];
    DIR *directory = opendir(path);
    if (!directory) {
        int code = errno;
        if (code == ENOENT)
            return 0;
        if (code == ENOTDIR)
            return error_set(error, 0, "run directory '%s' is there and is no directory: choose "
                             "another with --output", shown(path, name));
        return error_set(error, code, "cannot look into run directory '%s'", shown(path, name));
    }
    int found = 1;
    errno = 0;
    for (struct dirent *entry; found == 1 && (entry = readdir(directory));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            found = -1;
    int code = errno;
    closedir(directory);
    if (found == 1 && code)
        return error_set(error, code, "cannot read run directory '%s'", shown(path, name));
    if (found < 0)
        return error_set(error, 0, "run directory '%s' exists and is not empty: remove it or "
                         "choose another with --output", shown(path, name));
    return found;
}

int rundir_precheck(const char *output, struct error *error)
{
    return output && look(output, error) < 0 ? -1 : 0;
}

/* Makes what is missing of the directories above `path`. */
static int make_parents(const char *path, struct error *error)
{
    char part[PATH_MAX], name[256];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return error_set(error, ENAMETOOLONG, "run directory '%s'", shown(path, name));
    for (char *slash = part + 1; *part != '\0' && (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return error_set(error, errno, "cannot make directory '%s'", shown(part, name));
        *slash = '/';
    }
    return 0;
}

/* stress-runs/NAME-DATE-SEED, or, if that is there, the same with -2, -3, ... */
static int make_default(const char *name, uint64_t seed, char *path, size_t size,
                        struct error *error)
{
    char date[32] = "", display[256];
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local))
        strftime(date, sizeof date, "%Y%m%dT%H%M%S", &local);
    for (int i = 1; i < 1000; i++) {
        int used = snprintf(path, size, "stress-runs/%s-%s-%" PRIx64,
                            text_is_name(name) ? name : "workload", date, seed);
        if (i > 1)
            snprintf(path + used, size - (size_t)used, "-%d", i);
        if (make_parents(path, error) != 0)
            return -1;
        if (mkdir(path, 0777) == 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    return error_set(error, errno, "cannot make run directory '%s'", shown(path, display));
}

static int make_given(const char *output, char *path, size_t size, struct error *error)
{
    char display[256];
    int there = look(output, error);
    if (there < 0 || make_parents(output, error) != 0)
        return -1;
    snprintf(path, size, "%s", output); /* it fits: make_parents() saw to that */
    if (!there && mkdir(path, 0777) != 0)
        return error_set(error, errno, "cannot make run directory '%s'", shown(path, display));
    return 0;
}

/* The directory stands: its descriptors and what is in it from the start. */
static int furnish(struct rundir *rundir, const char *path, struct error *error)
{
    char display[256];
    if (!realpath(path, rundir->path))
        return error_set(error, errno, "cannot find run directory '%s'", shown(path, display));
    shown(rundir->path, display);
    if (snprintf(rundir->scratch, sizeof rundir->scratch, "%s/scratch", rundir->path) >=
        (int)sizeof rundir->scratch)
        return error_set(error, ENAMETOOLONG, "run directory '%s'", display);
    rundir->fd = open(rundir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rundir->fd < 0)
        return error_set(error, errno, "cannot open run directory '%s'", display);
    rundir->events = openat(rundir->fd, "events.jsonl",
                            O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (rundir->events < 0)
        return error_set(error, errno, "cannot make events.jsonl in '%s'", display);
    if (mkdirat(rundir->fd, "findings", 0777) != 0)
        return error_set(error, errno, "cannot make findings/ in '%s'", display);
    if (mkdirat(rundir->fd, "scratch", 0700) != 0)
        return error_set(error, errno, "cannot make scratch/ in '%s'", display);
    return 0;
}

int rundir_create(struct rundir *rundir, const char *output, const char *name, uint64_t seed,
                  struct error *error)
{
    char path[PATH_MAX];
    memset(rundir, 0, sizeof *rundir);
    rundir->fd = rundir->events = -1;
    int made = output ? make_given(output, path, sizeof path, error)
                      : make_default(name, seed, path, sizeof path, error);
    if (made == 0 && furnish(rundir, path, error) == 0)
        return 0;
    rundir_close(rundir);
    return -1;
}

void rundir_close(struct rundir *rundir)
{
    fd_close(&rundir->events);
    fd_close(&rundir->fd);
}

/* ---- writing ----------------------------------------------------------------------------- */

void rundir_fail(struct rundir *rundir, const struct error *error)
{
    if (rundir->failed)
        return; /* the first failure is what matters */
    rundir->failed = true;
    rundir->error = *error;
}

int rundir_write(int at, const char *name, const void *data, size_t size, struct error *error)
{
    int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set(error, errno, "cannot make %s in the run directory", name);
    int code = fd_write_all(fd, data, size) != 0 ? errno : 0;
    /* A file system that allocates late says only now that it is full. */
    if (close(fd) != 0 && code == 0 && errno != EINTR)
        code = errno;
    return code ? error_set(error, code, "cannot write %s in the run directory", name) : 0;
}

/* The whole line or nothing of it: what a full disk cut off is taken back, so that later events
 * stand on lines of their own. */
static int append_line(int fd, const char *line, size_t size)
{
    off_t end = lseek(fd, 0, SEEK_END);
    if (fd_write_all(fd, line, size) == 0)
        return 0;
    int code = errno;
    if (end >= 0 && ftruncate(fd, end) != 0)
        code = errno;
    errno = code;
    return -1;
}

/* Those that come with each reset. */
static bool is_frequent(const char *event)
{
    static const char *const frequent[] = { "generation", "reset", "hook", "server", "injection" };
    for (size_t i = 0; i < sizeof frequent / sizeof *frequent; i++)
        if (strcmp(event, frequent[i]) == 0)
            return true;
    return false;
}

void rundir_event(struct rundir *rundir, const struct record *record, const char *event,
                  json_t *fields)
{
    uint64_t now = clock_now();
    if (rundir->written >= RUNDIR_EVENTS_MOST && is_frequent(event)) {
        json_decref(fields);
        return;
    }
    json_t *whole = json_object();
    member_seconds(&whole, "t", record->started_ns && now > record->started_ns
                                    ? now - record->started_ns : 0);
    member_text(&whole, "event", event);
    if (fields && json_object_update_missing(whole, fields) != 0) {
        json_decref(whole);
        whole = NULL;
    }
    json_decref(fields);
    struct error error;
    char *text = whole ? json_dumps(whole, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(whole);
    if (!text) {
        error_set(&error, ENOMEM, "cannot make the event '%s'", event);
        rundir_fail(rundir, &error);
        return;
    }
    size_t size = strlen(text);
    text[size] = '\n'; /* in the place of the NUL: a line needs none */
    if (rundir->events >= 0 && append_line(rundir->events, text, size + 1) != 0) {
        error_set(&error, errno, "cannot write events.jsonl in the run directory");
        rundir_fail(rundir, &error);
    }
    rundir->written += size + 1;
    free(text);
}

static int write_result(struct rundir *rundir, const struct record *record, struct error *error)
{
    json_t *result = report_result(record);
    char *text = result ? json_dumps(result, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(result);
    if (!text)
        return error_set(error, ENOMEM, "cannot make result.json");
    size_t size = strlen(text);
    text[size] = '\n';
    int status = rundir_write(rundir->fd, RESULT_TEMPORARY, text, size + 1, error);
    free(text);
    if (status == 0 && renameat(rundir->fd, RESULT_TEMPORARY, rundir->fd, "result.json") != 0)
        status = error_set(error, errno, "cannot rename result.json in the run directory");
    if (status != 0)
        unlinkat(rundir->fd, RESULT_TEMPORARY, 0);
    return status;
}

void rundir_result(struct rundir *rundir, const struct record *record)
{
    struct error error;
    if (rundir->fd >= 0 && write_result(rundir, record, &error) != 0)
        rundir_fail(rundir, &error);
}
