/* SPDX-License-Identifier: MIT
 * copy.c: see copy.h.
 */
#include "vm/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *path, struct error *error)
{
    return error_set(error, errno, "cannot write '%.300s' in the run directory", path);
}

static int breach(struct error *error)
{
    return error_set(error, 0, "the machine sent a path that leads nowhere");
}

/* A relative path of names; only a tree that is not complete begins with a dot. */
static bool is_good(const char *path)
{
    size_t length = strlen(path);
    if (length == 0 || length >= PATH_MAX / 2 || path[length - 1] == '/')
        return false;
    for (const char *name = path; name; name = strchr(name, '/')) {
        name += *name == '/' && name != path;
        bool tree = name == path && strncmp(name, COPY_TREE, sizeof COPY_TREE - 1) == 0 &&
                    strchr("/", name[sizeof COPY_TREE - 1]);
        if ((*name == '.' && !tree) || *name == '/' || *name == '\0')
            return false;
    }
    return true;
}

static bool place(const struct copy *copy, const char *path, char to[PATH_MAX])
{
    if (copy->owner.place && strncmp(path, COPY_TREE, sizeof COPY_TREE - 1) != 0)
        return copy->owner.place(copy->owner.user, path, to);
    snprintf(to, PATH_MAX, "%s", path);
    return true;
}

void copy_begin(struct copy *copy, int at, const struct copy_owner *owner)
{
    *copy = (struct copy){ .at = at, .owner = *owner, .file = -1 };
}

static void remove_tree(struct copy *copy, const char *path)
{
    struct error ignored;
    if (unlinkat(copy->at, path, 0) < 0)
        tree_remove_at(copy->at, path, &ignored);
}

void copy_end(struct copy *copy)
{
    if (copy->at < 0)
        return;
    fd_close(&copy->file);
    remove_tree(copy, COPY_FILE);
    remove_tree(copy, COPY_TREE);
}

static int take_folder(struct copy *copy, const char *path, struct error *error)
{
    char to[PATH_MAX];
    if (strcmp(path, COPY_TREE) == 0)
        remove_tree(copy, COPY_TREE);
    if (place(copy, path, to) && mkdirat(copy->at, to, 0777) < 0 && errno != EEXIST)
        return failed(to, error);
    return 0;
}

static int take_file(struct copy *copy, const char *path, struct error *error)
{
    fd_close(&copy->file);
    snprintf(copy->path, sizeof copy->path, "%s", path);
    unlinkat(copy->at, COPY_FILE, 0);
    copy->file = openat(copy->at, COPY_FILE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        0666);
    return copy->file < 0 ? failed(path, error) : 0;
}

static int take_data(struct copy *copy, const struct frame *frame, struct error *error)
{
    if (copy->file < 0)
        return breach(error);
    return fd_write_all(copy->file, frame->bytes, frame->size) < 0 ? failed(copy->path, error) : 0;
}

static int take_close(struct copy *copy, struct error *error)
{
    char to[PATH_MAX];
    if (copy->file < 0)
        return breach(error);
    bool taken = copy->owner.file && copy->owner.file(copy->owner.user, copy->path, copy->file);
    fd_close(&copy->file);
    if (taken || !place(copy, copy->path, to)) {
        unlinkat(copy->at, COPY_FILE, 0);
        return 0;
    }
    return renameat(copy->at, COPY_FILE, copy->at, to) < 0 ? failed(to, error) : 0;
}

static int take_more(struct copy *copy, const struct frame *frame, struct error *error)
{
    char to[PATH_MAX];
    const char *path = (const char *)frame->bytes;
    size_t length = strlen(path) + 1;
    if (length > frame->size || !is_good(path))
        return breach(error);
    const char *bytes = path + length;
    size_t size = frame->size - length;
    if (copy->owner.more && copy->owner.more(copy->owner.user, path, bytes, size))
        return 0;
    if (!place(copy, path, to))
        return 0;
    int fd FD_CLEANUP = openat(copy->at, to, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC |
                                                 O_CREAT, 0666);
    return fd < 0 || fd_write_all(fd, bytes, size) < 0 ? failed(to, error) : 0;
}

/* The one that it replaces goes first: rename(2) replaces no directory that is not empty. */
static int take_move(struct copy *copy, const struct frame *frame, struct error *error)
{
    char to[PATH_MAX];
    const char *from = (const char *)frame->bytes;
    size_t length = strlen(from) + 1;
    if (length >= frame->size || !is_good(from) || !is_good(from + length))
        return breach(error);
    if (!place(copy, from + length, to)) {
        remove_tree(copy, from);
        return 0;
    }
    remove_tree(copy, to);
    return renameat(copy->at, from, copy->at, to) < 0 ? failed(to, error) : 0;
}

static int take_remove(struct copy *copy, const char *path)
{
    char to[PATH_MAX];
    if (place(copy, path, to))
        remove_tree(copy, to);
    return 0;
}

int copy_take(struct copy *copy, const struct frame *frame, struct error *error)
{
    const char *path = (const char *)frame->bytes;
    bool named = frame->kind == FRAME_FOLDER || frame->kind == FRAME_FILE ||
                 frame->kind == FRAME_REMOVE;
    if (copy->at < 0 || (named && (strlen(path) != frame->size || !is_good(path))))
        return breach(error);
    switch (frame->kind) {
    case FRAME_FOLDER:
        return take_folder(copy, path, error);
    case FRAME_FILE:
        return take_file(copy, path, error);
    case FRAME_DATA:
        return take_data(copy, frame, error);
    case FRAME_CLOSE:
        return take_close(copy, error);
    case FRAME_MORE:
        return take_more(copy, frame, error);
    case FRAME_MOVE:
        return take_move(copy, frame, error);
    case FRAME_REMOVE:
        return take_remove(copy, path);
    default:
        return breach(error);
    }
}
