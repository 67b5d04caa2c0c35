/* SPDX-License-Identifier: MIT
 * mirror.h: sends a directory of the guest to the host as it grows, by inotify(7). What is written
 * to the end of a file goes as it is written; another file, or a directory that is moved there,
 * appears on the host complete. Leaves out names that begin with a dot, which are not complete, and
 * what a run has beside its run directory's files for the workload: scratch, witness, output. Not
 * async-signal-safe.
 *
 * Runs in: the guest's init.
 */
#ifndef VM_MIRROR_H
#define VM_MIRROR_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"

struct mirror {
    int port, inotify;
    char root[PATH_MAX];
    struct mirror_entry {
        bool folder;
        int watch;     /* of a folder; -1: none */
        ino_t inode;
        uint64_t sent; /* bytes of a file */
        char path[];   /* below the root; "" is the root */
    } **entries;
    size_t n, room;
};

/* These return 0, or -1 with the reason. */

/* Begins with a directory, which is empty. */
int mirror_open(struct mirror *mirror, int port, const char *root, struct error *error);
/* Sends what has changed since the last time. Never waits for changes. */
int mirror_hear(struct mirror *mirror, struct error *error);
/* Sends what is still to be sent, whatever inotify says. */
int mirror_finish(struct mirror *mirror, struct error *error);

#endif
