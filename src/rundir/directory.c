/* SPDX-License-Identifier: MIT
 * directory.c: see directory.h.
 */
#include "rundir/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "format/format.h"

static char *shown(const char *path, char buffer[256])
{
    text_copy(buffer, 256, path);
    return buffer;
}

/* ---- making the directory ---------------------------------------------------------------- */

/* Returns 1 for an empty directory, 0 if there is nothing, -1 with the reason for anything else. */
static int look(const char *path, struct error *error)
{
    char name[256];
    DIR *directory = opendir(path);
    if (!directory) {
        int code = errno;
        if (code == ENOENT)
            return 0;
        if (code == ENOTDIR)
            return error_set(error, 0, "run directory '%s' is not a directory: choose another "
                             "with --output", shown(path, name));
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

/* Makes the directories above `path` that do not exist. */
static int make_parents(const char *path, struct error *error)
{
    char part[PATH_MAX], name[256];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return error_set(error, ENAMETOOLONG, "cannot make run directory '%s'", shown(path, name));
    for (char *slash = part + 1; *part != '\0' && (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return error_set(error, errno, "cannot make directory '%s'", shown(part, name));
        *slash = '/';
    }
    return 0;
}

/* Makes stress-runs/NAME-DATE-SEED; if that exists, the same with -2, -3, ... */
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
    snprintf(path, size, "%s", output); /* it fits: make_parents() has checked it */
    if (!there && mkdir(path, 0777) != 0)
        return error_set(error, errno, "cannot make run directory '%s'", shown(path, display));
    return 0;
}

int rundir_make(const char *output, const char *name, uint64_t seed, char path[PATH_MAX],
                struct error *error)
{
    char made[PATH_MAX], display[256];
    if ((output ? make_given(output, made, sizeof made, error)
                : make_default(name, seed, made, sizeof made, error)) < 0)
        return -1;
    if (!realpath(made, path))
        return error_set(error, errno, "cannot find run directory '%s'", shown(made, display));
    return 0;
}

void rundir_point_latest(const char *output, const char *path)
{
    char name[32];
    struct stat status;
    const char *slash = strrchr(path, '/');
    if (output || !slash || access(path, F_OK) < 0)
        return;
    char above[PATH_MAX];
    snprintf(above, sizeof above, "%.*s", (int)(slash - path), path);
    int at FD_CLEANUP = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(name, sizeof name, ".latest-%d", (int)getpid());
    if (at < 0 || (fstatat(at, "latest", &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                   !S_ISLNK(status.st_mode)))
        return;
    if (symlinkat(slash + 1, at, name) == 0 && renameat(at, name, at, "latest") < 0)
        unlinkat(at, name, 0);
}

int rundir_make_temporary(const char *what, char path[PATH_MAX], struct error *error)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, PATH_MAX, "%.4000s/stress-%s-XXXXXX", tmp && *tmp ? tmp : "/tmp", what);
    return mkdtemp(path) ? 0 : error_set(error, errno, "cannot make %.400s", path);
}

/* The directory stands: its descriptors, and events.jsonl. */
static int furnish(struct rundir *rundir, struct error *error)
{
    char display[256];
    shown(rundir->path, display);
    rundir->fd = open(rundir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rundir->fd < 0) {
        error_set(error, errno, "cannot open run directory '%s'", display);
        return -1;
    }
    flock(rundir->fd, LOCK_EX | LOCK_NB); /* it is in use; a file system may have no locks */
    rundir->events = openat(rundir->fd, "events.jsonl",
                            O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (rundir->events < 0)
        return error_set(error, errno, "cannot make events.jsonl in '%s'", display);
    return 0;
}

static void init(struct rundir *rundir)
{
    memset(rundir, 0, sizeof *rundir);
    rundir->fd = rundir->events = -1;
}

int rundir_open(struct rundir *rundir, const char *path, struct error *error)
{
    init(rundir);
    snprintf(rundir->path, sizeof rundir->path, "%s", path);
    if (furnish(rundir, error) == 0)
        return 0;
    rundir_close(rundir);
    return -1;
}

static int make_findings(struct rundir *rundir, struct error *error)
{
    char display[256];
    return mkdirat(rundir->fd, "findings", 0777) == 0
               ? 0 : error_set(error, errno, "cannot make findings/ in '%s'",
                               shown(rundir->path, display));
}

int rundir_create(struct rundir *rundir, const char *output, const char *name, uint64_t seed,
                  struct error *error)
{
    init(rundir);
    if (rundir_make(output, name, seed, rundir->path, error) == 0 && furnish(rundir, error) == 0 &&
        make_findings(rundir, error) == 0)
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

char *rundir_first_line(int at, size_t *ret_length)
{
    FILE *file = file_open(at, "events.jsonl");
    char *line = NULL;
    size_t size = 0;
    ssize_t length = file ? getline(&line, &size, file) : -1;
    if (file)
        fclose(file);
    *ret_length = length < 0 ? 0 : (size_t)length;
    if (length < 0) {
        free(line);
        return NULL;
    }
    return line;
}

json_t *rundir_start(int at)
{
    char name[16];
    size_t length;
    char *line = rundir_first_line(at, &length);
    json_t *event = line ? json_loadb(line, length, 0, NULL) : NULL;
    free(line);
    if (strcmp(member_get_text(event, "event", "", name, sizeof name), "start") == 0)
        return event;
    json_decref(event);
    return NULL;
}

void rundir_fail(struct rundir *rundir, const struct error *error)
{
    if (rundir->failed)
        return; /* the first failure stands */
    rundir->failed = true;
    rundir->error = *error;
}

int rundir_write(int at, const char *name, const void *data, size_t size, struct error *error)
{
    int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set(error, errno, "cannot make %s in the run directory", name);
    int code = fd_write_all(fd, data, size) != 0 ? errno : 0;
    /* A file system that allocates late reports only now that it is full. */
    if (close(fd) != 0 && code == 0 && errno != EINTR)
        code = errno;
    return code ? error_set(error, code, "cannot write %s in the run directory", name) : 0;
}
