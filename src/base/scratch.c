/* SPDX-License-Identifier: MIT
 * scratch.c: see scratch.h.
 */
#include "base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/tree.h"

static const char *name_of(const struct scratch *scratch)
{
    return strrchr(scratch->path, '/') + 1;
}

static int make_directory(int at, const char *name, struct error *error)
{
    return mkdirat(at, name, 0700) < 0 ? error_set(error, errno, "cannot make %.255s/", name) : 0;
}

static int make_output(int at, struct error *error)
{
    int fd FD_CLEANUP = openat(at, "output", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? error_set(error, errno, "cannot make the file 'output'") : 0;
}

/* Removes what was made before a failure. */
static int make_all(int at, const char *name, struct error *error)
{
    if (make_directory(at, name, error) < 0)
        return -1;
    if (make_directory(at, "witness", error) == 0) {
        if (make_output(at, error) == 0)
            return 0;
        unlinkat(at, "witness", AT_REMOVEDIR);
    }
    unlinkat(at, name, AT_REMOVEDIR);
    return -1;
}

int scratch_make(struct scratch *ret, const char *path, struct error *error)
{
    ret->at = -1;
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) : 0;
    if (*path != '/' || slash[1] == '\0' || (size_t)length + sizeof "/witness" > PATH_MAX ||
        snprintf(ret->path, sizeof ret->path, "%s", path) >= (int)sizeof ret->path)
        return error_set(error, 0, "cannot make the scratch directory '%.300s': not an absolute "
                         "path, or too long a one", path);
    snprintf(ret->witness, sizeof ret->witness, "%.*s/witness", length, path);
    snprintf(ret->output, sizeof ret->output, "%.*s/output", length, path);
    ret->path[length + (length == 0)] = '\0'; /* for now: the directory that they lie in */
    ret->at = open(ret->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ret->at < 0)
        return error_set(error, errno, "cannot open %.300s", ret->path);
    memcpy(ret->path, path, strlen(path) + 1);
    if (make_all(ret->at, name_of(ret), error) == 0)
        return 0;
    scratch_close(ret);
    return -1;
}

int scratch_renew(const struct scratch *scratch, struct error *error)
{
    return scratch_remove(scratch, error) < 0 ? -1
                                              : make_all(scratch->at, name_of(scratch), error);
}

int scratch_remove(const struct scratch *scratch, struct error *error)
{
    struct error later;
    if (scratch->at < 0)
        return 0;
    int result = tree_remove_at(scratch->at, name_of(scratch), error);
    if (tree_remove_at(scratch->at, "witness", result < 0 ? &later : error) < 0)
        result = -1;
    if (unlinkat(scratch->at, "output", 0) < 0 && errno != ENOENT && result == 0)
        result = error_set(error, errno, "cannot remove the file 'output'");
    return result;
}

void scratch_close(struct scratch *scratch)
{
    fd_close(&scratch->at);
}
