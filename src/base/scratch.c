/* SPDX-License-Identifier: MIT
 * scratch.c: see scratch.h.
 */
#include "base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
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
    if (*path != '/' || !slash || slash[1] == '\0' ||
        (size_t)length + sizeof "/witness" > PATH_MAX ||
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
    struct stat status;
    if (make_all(ret->at, name_of(ret), error) == 0) {
        if (fstatat(ret->at, "output", &status, AT_SYMLINK_NOFOLLOW) == 0) {
            ret->uid = status.st_uid;
            ret->gid = status.st_gid;
        }
        return 0;
    }
    scratch_close(ret);
    return -1;
}

/* Has it the owner, the mode and the attributes of a new one? */
static bool is_as_made(const struct scratch *scratch, int fd, mode_t mode)
{
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_mode == mode && status.st_uid == scratch->uid &&
           status.st_gid == scratch->gid && flistxattr(fd, NULL, 0) <= 0;
}

/* A file system takes longer to make a directory than to look whether it can be used again. */
static int renew_directory(const struct scratch *scratch, const char *name, struct error *error)
{
    int fd FD_CLEANUP = tree_empty_at(scratch->at, name, error);
    if (fd >= 0 && is_as_made(scratch, fd, S_IFDIR | 0700))
        return 0;
    return tree_remove_at(scratch->at, name, error) < 0
               ? -1 : make_directory(scratch->at, name, error);
}

static int renew_output(const struct scratch *scratch, struct error *error)
{
    struct stat status;
    int fd FD_CLEANUP = openat(scratch->at, "output", O_WRONLY | O_NOFOLLOW | O_NONBLOCK |
                                                          O_CLOEXEC);
    if (fd >= 0 && is_as_made(scratch, fd, S_IFREG | 0600) && fstat(fd, &status) == 0 &&
        status.st_nlink == 1 && (status.st_size == 0 || ftruncate(fd, 0) == 0))
        return 0;
    if (unlinkat(scratch->at, "output", 0) < 0 && errno != ENOENT)
        return error_set(error, errno, "cannot remove the file 'output'");
    return make_output(scratch->at, error);
}

int scratch_renew(const struct scratch *scratch, struct error *error)
{
    return renew_directory(scratch, name_of(scratch), error) < 0 ||
                   renew_directory(scratch, "witness", error) < 0
               ? -1 : renew_output(scratch, error);
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

int scratch_open(const struct scratch *scratch)
{
    return openat(scratch->at, name_of(scratch), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

void scratch_close(struct scratch *scratch)
{
    fd_close(&scratch->at);
}
