/* SPDX-License-Identifier: MIT
 * place.c: see place.h.
 */
#include "recorder/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/inode.h"

enum { LINKS = 40 }; /* symbolic links in a row, as in Linux */

/* Cuts the last name off a path and returns it; the path becomes that of its directory. "": the
 * path has no last name of its own, as "/" and "a/..". */
static void cut_name(char *path, char *name, size_t size)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    bool special = strcmp(last, ".") == 0 || strcmp(last, "..") == 0 || strlen(last) >= size;
    snprintf(name, size, "%s", special ? "" : last);
    if (special)
        return;
    if (slash)
        slash[slash == path] = '\0';
    else
        strcpy(path, ".");
}

/* Opens the directory of a path of the target: from its root, or from its directory. */
static int open_base(pid_t thread, int directory, const char *path)
{
    char link[64 + TARGET_PATH];
    if (*path == '/' && strncmp(path, "/proc/", 6) == 0)
        snprintf(link, sizeof link, "%s", path);
    else if (*path == '/')
        snprintf(link, sizeof link, "/proc/%d/root%s", (int)thread, path);
    else if (directory == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/%d/cwd/%s", (int)thread, path);
    else
        snprintf(link, sizeof link, "/proc/%d/fd/%d/%s", (int)thread, directory, path);
    return open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Opens what an empty path means: the descriptor, whatever it is of, or the current directory. */
static int open_itself(pid_t thread, int directory)
{
    char link[64];
    if (directory == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/%d/cwd", (int)thread);
    else
        snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)thread, directory);
    return open(link, O_PATH | O_CLOEXEC);
}

static int open_directory_of(int from, pid_t thread, const char *path)
{
    return *path == '/' ? open_base(thread, AT_FDCWD, path)
                        : openat(from, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Goes on to where a symbolic link leads. False: it leads nowhere. */
static bool follow_link(pid_t thread, struct place *place)
{
    char target[TARGET_PATH], name[NAME_MAX + 1];
    ssize_t n = readlinkat(place->parent, place->name, target, sizeof target - 1);
    if (n <= 0)
        return false;
    target[n] = '\0';
    target_own_path(thread, target, sizeof target);
    cut_name(target, name, sizeof name);
    int parent = open_directory_of(place->parent, thread, target);
    if (parent < 0 || !*name) {
        fd_close(&parent);
        return false;
    }
    close(place->parent);
    place->parent = parent;
    memcpy(place->name, name, sizeof name);
    return true;
}

static void look(struct recorder *recorder, struct place *ret)
{
    struct stat status;
    ret->existed = fstatat(ret->parent, ret->name, &ret->before,
                           AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH) == 0;
    ret->dir = fstat(ret->parent, &status) == 0 ? inode_find(recorder, &status) : NULL;
}

void place_find_path(struct recorder *recorder, pid_t thread, int directory, char *path,
                     bool follow, struct place *ret)
{
    *ret = (struct place){ .parent = -1 };
    target_own_path(thread, path, TARGET_PATH);
    if (*path)
        cut_name(path, ret->name, sizeof ret->name);
    ret->parent = *path ? open_base(thread, directory, path) : open_itself(thread, directory);
    if (ret->parent < 0)
        return;
    look(recorder, ret);
    for (int i = 0; follow && *ret->name && i < LINKS && ret->existed &&
                    S_ISLNK(ret->before.st_mode); i++) {
        if (!follow_link(thread, ret))
            return;
        look(recorder, ret);
    }
}

void place_find(struct recorder *recorder, pid_t thread, int directory, uint64_t address,
                bool follow, struct place *ret)
{
    char path[TARGET_PATH];
    *ret = (struct place){ .parent = -1 };
    if (address != 0 && target_string(thread, address, path, sizeof path) == 0)
        place_find_path(recorder, thread, directory, path, follow, ret);
}

void place_close(struct place *place)
{
    fd_close(&place->parent);
}

int place_open(const struct place *place)
{
    return place->parent < 0 ? -1 : openat(place->parent, place->name,
                                           O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}
