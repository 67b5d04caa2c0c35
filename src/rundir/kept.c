/* SPDX-License-Identifier: MIT
 * kept.c: see kept.h.
 */
#include "rundir/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 32 };

struct copying {
    dev_t device; /* of the scratch directory: other file systems are left out */
    size_t room;
    struct record_scratch *ret;
    struct error *error;
};

static int fail(struct copying *copying, const char *name)
{
    char shown[256];
    int code = errno;
    text_copy(shown, sizeof shown, name);
    return error_set(copying->error, code, "cannot keep '%s' of the scratch directory", shown);
}

/* Takes the room of an entry. False: there is not enough, so it is left out. */
static bool takes(struct copying *copying, uint64_t bytes)
{
    uint64_t needed = bytes > KEPT_ENTRY ? bytes : KEPT_ENTRY;
    if (needed > copying->room) {
        copying->ret->left_out++;
        return false;
    }
    copying->room -= needed;
    return true;
}

/* Only what is data is copied: a sparse file stays one. */
static int copy_content(int from, int to, off_t size)
{
    off_t begin = 0, end;
    while (begin < size) {
        off_t data = lseek(from, begin, SEEK_DATA);
        if (data < 0 && errno == ENXIO) /* a hole up to the end */
            break;
        begin = data < 0 ? begin : data; /* the file system does not know holes */
        end = data < 0 ? size : lseek(from, begin, SEEK_HOLE);
        if (end < 0 || end > size)
            end = size;
        if (begin < size && file_copy(from, to, begin, end) < 0)
            return -1;
        begin = end;
    }
    return ftruncate(to, size);
}

static int copy_file(struct copying *copying, int from, int to, const char *name)
{
    struct stat status;
    int in FD_CLEANUP = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
                                               O_CLOEXEC);
    if (in < 0 || fstat(in, &status) < 0 || !S_ISREG(status.st_mode)) {
        copying->ret->left_out++;
        return 0;
    }
    uint64_t held = (uint64_t)status.st_blocks * 512, size = (uint64_t)status.st_size;
    uint64_t data = held < size ? held : size;
    if (!takes(copying, data))
        return 0;
    int out FD_CLEANUP = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                (status.st_mode & 0777) | 0600);
    if (out < 0 || copy_content(in, out, status.st_size) < 0)
        return fail(copying, name);
    copying->ret->files++;
    copying->ret->bytes += data;
    return 0;
}

static int copy_link(struct copying *copying, int from, int to, const char *name)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(from, name, target, sizeof target - 1);
    if (n < 0 || !takes(copying, 0)) {
        copying->ret->left_out += n < 0;
        return 0;
    }
    target[n] = '\0';
    return symlinkat(target, to, name) < 0 ? fail(copying, name) : 0;
}

static int copy_entries(struct copying *copying, int from, int to, unsigned depth);

static int copy_directory(struct copying *copying, int from, int to, const char *name,
                          unsigned depth)
{
    struct stat status;
    int in FD_CLEANUP = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0 || fstat(in, &status) < 0 || status.st_dev != copying->device || depth == DEPTH) {
        copying->ret->left_out++;
        return 0;
    }
    if (!takes(copying, 0))
        return 0;
    if (mkdirat(to, name, 0777) < 0)
        return fail(copying, name);
    int out FD_CLEANUP = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return out < 0 ? fail(copying, name) : copy_entries(copying, in, out, depth + 1);
}

static int copy_entry(struct copying *copying, int from, int to, const char *name, unsigned depth)
{
    struct stat status;
    if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return 0; /* it is gone */
    if (S_ISDIR(status.st_mode))
        return copy_directory(copying, from, to, name, depth);
    if (S_ISLNK(status.st_mode))
        return copy_link(copying, from, to, name);
    return S_ISREG(status.st_mode) ? copy_file(copying, from, to, name) : 0;
}

static int copy_entries(struct copying *copying, int from, int to, unsigned depth)
{
    int own = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
    DIR *directory = own < 0 ? NULL : fdopendir(own);
    if (!directory) {
        fd_close(&own);
        copying->ret->left_out++;
        return 0;
    }
    for (struct dirent *entry; result == 0 && (entry = readdir(directory));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = copy_entry(copying, from, to, entry->d_name, depth);
    closedir(directory);
    return result;
}

int kept_copy(int from, int at, size_t *room, struct record_scratch *ret, struct error *error)
{
    struct stat status;
    struct copying copying = { .room = *room < KEPT_MOST ? *room : KEPT_MOST, .ret = ret,
                               .error = error };
    size_t before = copying.room;
    *ret = (struct record_scratch){ .kept = true };
    if (fstat(from, &status) < 0 || mkdirat(at, "scratch", 0777) < 0)
        return fail(&copying, ".");
    copying.device = status.st_dev;
    int to FD_CLEANUP = openat(at, "scratch", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int result = to < 0 ? fail(&copying, ".") : copy_entries(&copying, from, to, 0);
    *room -= before - copying.room;
    return result;
}
