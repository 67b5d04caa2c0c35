/* SPDX-License-Identifier: MIT
 * tree.c: see tree.h.
 */
#include "base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

enum { DEPTH = 32 }; /* deeper directories are moved up first, to bound descriptors and stack */

struct removal {
    int top;        /* the directory to remove */
    unsigned moved; /* directories moved up into it */
    int code;       /* the first errno; 0: none */
    char name[256]; /* the file or directory that it concerns */
};

static void note(struct removal *removal, int code, const char *name)
{
    if (removal->code)
        return;
    removal->code = code;
    text_copy(removal->name, sizeof removal->name, name);
}

/* Opens a directory right below `at`, never a link and never another mount. Without openat2(2) a
 * bind mount of the same file system is not recognised. */
static int open_below(int at, const char *name)
{
    struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS };
    struct stat above, below;
    int fd = (int)syscall(SYS_openat2, at, name, &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
        return fd;
    fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || (fstat(at, &above) == 0 && fstat(fd, &below) == 0 &&
                   above.st_dev == below.st_dev))
        return fd;
    close(fd);
    errno = EXDEV;
    return -1;
}

static void remove_below(struct removal *removal, int fd, unsigned depth);

static void remove_directory(struct removal *removal, int at, const char *name, unsigned depth)
{
    char up[32];
    int fd = open_below(at, name);
    if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
        fd = open_below(at, name);
    if (fd < 0) {
        note(removal, errno, name);
        return;
    }
    if (depth >= DEPTH) {
        close(fd);
        snprintf(up, sizeof up, ".deep-%u", removal->moved++);
        if (renameat(at, name, removal->top, up) != 0)
            note(removal, errno, name);
        return;
    }
    fchmod(fd, 0700); /* if this fails, so does the unlinking, which is noted */
    remove_below(removal, fd, depth + 1);
    if (unlinkat(at, name, AT_REMOVEDIR) != 0)
        note(removal, errno, name);
}

/* Takes over fd. */
static void remove_below(struct removal *removal, int fd, unsigned depth)
{
    DIR *directory = fdopendir(fd);
    if (!directory) {
        note(removal, errno, "a directory");
        close(fd);
        return;
    }
    struct dirent *entry;
    while ((errno = 0, entry = readdir(directory))) {
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno != ENOENT)
                note(removal, errno, entry->d_name);
        } else if (S_ISDIR(status.st_mode)) {
            remove_directory(removal, fd, entry->d_name, depth);
        } else if (unlinkat(fd, entry->d_name, 0) != 0 && errno != ENOENT) {
            note(removal, errno, entry->d_name);
        }
    }
    if (errno)
        note(removal, errno, "a directory");
    closedir(directory);
}

int tree_empty_at(int at, const char *name, struct error *error)
{
    char shown[256];
    struct removal removal = { .code = 0 };
    unsigned moved;
    text_copy(shown, sizeof shown, name);
    removal.top = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (removal.top < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
        removal.top = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (removal.top < 0)
        return error_set(error, errno, "cannot remove '%s'", shown);
    fchmod(removal.top, 0700);
    do { /* repeat as long as directories were moved up */
        moved = removal.moved;
        int fd = openat(removal.top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            note(&removal, errno, ".");
        else
            remove_below(&removal, fd, 1);
        if (removal.moved != moved && (removal.code == ENOTEMPTY || removal.code == EEXIST))
            removal.code = 0; /* the next round removes the parents of the moved directories */
    } while (removal.code == 0 && removal.moved != moved);
    if (removal.code == 0)
        return removal.top;
    fd_close(&removal.top);
    return error_set(error, removal.code, "cannot remove '%s' in '%s'", removal.name, shown);
}

int tree_remove_at(int at, const char *name, struct error *error)
{
    char shown[256];
    struct stat status;
    if (fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;
    int fd FD_CLEANUP = tree_empty_at(at, name, error);
    if (fd < 0)
        return -1;
    text_copy(shown, sizeof shown, name);
    return unlinkat(at, name, AT_REMOVEDIR) == 0
               ? 0 : error_set(error, errno, "cannot remove '%s'", shown);
}

int tree_remove(const char *path, struct error *error)
{
    return tree_remove_at(AT_FDCWD, path, error);
}
