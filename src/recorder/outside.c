/* SPDX-License-Identifier: MIT
 * outside.c: see outside.h.
 */
#include "recorder/outside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inject/inject.h"

/* What a call does to the file of its last path. */
enum change { CHANGE_NONE, CHANGE_WRITES, CHANGE_MAKES, CHANGE_REMOVES };

static const struct {
    const char *name;
    enum change change;
} changes[] = {
    { "open", CHANGE_MAKES },     { "openat", CHANGE_MAKES },   { "openat2", CHANGE_MAKES },
    { "creat", CHANGE_MAKES },    { "mkdir", CHANGE_MAKES },    { "mkdirat", CHANGE_MAKES },
    { "mknod", CHANGE_MAKES },    { "mknodat", CHANGE_MAKES },  { "symlink", CHANGE_MAKES },
    { "symlinkat", CHANGE_MAKES }, { "link", CHANGE_MAKES },    { "linkat", CHANGE_MAKES },
    { "rename", CHANGE_WRITES },  { "renameat", CHANGE_WRITES }, { "renameat2", CHANGE_WRITES },
    { "unlink", CHANGE_REMOVES }, { "unlinkat", CHANGE_REMOVES }, { "rmdir", CHANGE_REMOVES },
    { "truncate", CHANGE_WRITES }, { "ftruncate", CHANGE_WRITES }, { "fallocate", CHANGE_WRITES },
    { "copy_file_range", CHANGE_WRITES }, { "sendfile", CHANGE_WRITES },
    { "splice", CHANGE_WRITES },
};

static enum change change_of(const struct call *call)
{
    if (call->data == CALL_DATA_OUT)
        return CHANGE_WRITES;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (strcmp(changes[i].name, call->name) == 0)
            return changes[i].change;
    return CHANGE_NONE;
}

static bool is_known(const struct recorder *recorder, const char *path)
{
    for (size_t i = 0; i < recorder->n_outside; i++)
        if (strcmp(recorder->outside[i], path) == 0)
            return true;
    return false;
}

static void keep(struct recorder *recorder, const char *path)
{
    if (is_known(recorder, path) || recorder->n_outside == RECORDER_OUTSIDE)
        return;
    recorder->outside[recorder->n_outside] = strdup(path);
    recorder->n_outside += recorder->outside[recorder->n_outside] != NULL;
}

/* What lies there is no file of a disk. */
static bool is_no_file(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0 ||
           strncmp(path, "/sys/", 5) == 0 || *path != '/';
}

void outside_note(struct recorder *recorder, const struct task *task)
{
    const struct call *call = call_of(task->visit.number);
    enum change change = call ? change_of(call) : CHANGE_NONE;
    struct target_paths *paths = &recorder->paths;
    struct seccomp_data data = { .nr = task->visit.number };
    memcpy(data.args, task->visit.args, sizeof data.args);
    if (change == CHANGE_NONE)
        return;
    target_paths(task->thread, call, &data, paths);
    const char *path = paths->n > 0 && paths->is_file ? paths->path[paths->n - 1] : "/dev/null";
    bool exists = access(path, F_OK) == 0;
    if (is_no_file(path) || (change == CHANGE_MAKES && exists))
        return;
    if (change == CHANGE_REMOVES && exists && !is_known(recorder, path) && !*recorder->removed)
        snprintf(recorder->removed, sizeof recorder->removed, "%.*s",
                 (int)sizeof recorder->removed - 1, path);
    if (change != CHANGE_REMOVES)
        keep(recorder, path);
}

void outside_first(const struct recorder *recorder, char *to, size_t size)
{
    snprintf(to, size, "%s", recorder->removed);
    for (size_t i = 0; i < recorder->n_outside && !*to; i++)
        if (access(recorder->outside[i], F_OK) == 0)
            snprintf(to, size, "%s", recorder->outside[i]);
}

void outside_free(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->n_outside; i++)
        free(recorder->outside[i]);
}
