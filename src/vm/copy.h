/* SPDX-License-Identifier: MIT
 * copy.h: writes on the host what the guest's mirror (mirror.h) sends. The guest is not trusted: no
 * path leads out of the directory, and what is not complete has a name that begins with a dot. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_COPY_H
#define VM_COPY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"
#include "vm/frame.h"

#define COPY_TREE ".tree" /* a directory that is not complete */
#define COPY_FILE ".file"

/* What of the directory is told by others. Each may be NULL. */
struct copy_owner {
    void *user;
    /* A file has come to its end. True: it was taken, and is not to be put in its place. */
    bool (*file)(void *user, const char *path, int fd);
    /* A file goes on. True: it was taken. */
    bool (*more)(void *user, const char *path, const char *bytes, size_t size);
    /* Where it lies on the host. False: nowhere. */
    bool (*place)(void *user, const char *path, char to[PATH_MAX]);
};

struct copy {
    int at;   /* the directory */
    struct copy_owner owner;
    int file; /* that comes; -1: none */
    char path[PATH_MAX]; /* its path in the guest */
};

/* Begins, with no file. */
void copy_begin(struct copy *copy, int at, const struct copy_owner *owner);
/* Takes FRAME_FOLDER to FRAME_REMOVE. Returns 0, or -1 with the reason. */
int copy_take(struct copy *copy, const struct frame *frame, struct error *error);
/* Removes what is not complete. */
void copy_end(struct copy *copy);

#endif
