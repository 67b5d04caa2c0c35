/* SPDX-License-Identifier: MIT
 * target.h: looks into a process that waits in a notified call: its memory, its descriptors, the
 * paths that its arguments name. Nothing here waits for a file system, which may be the target's
 * own. Do not trust what was read: the target may change it at any time, and may be gone. Not
 * async-signal-safe.
 *
 * Runs in: injector, recorder.
 */
#ifndef INJECTOR_TARGET_H
#define INJECTOR_TARGET_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "inject/inject.h"

enum { TARGET_PATH = 4096 };

/* Returns the process of a thread; -1: the thread is gone. */
pid_t target_process(pid_t thread);
/* Copy memory from and to the target: all bytes, or return -1 with errno. */
int target_read(pid_t pid, uint64_t address, void *to, size_t size);
int target_write(pid_t pid, uint64_t address, const void *from, size_t size);
/* Copies a string with its NUL. Returns 0, or -1 with errno (ENAMETOOLONG: it does not fit). */
int target_string(pid_t pid, uint64_t address, char *to, size_t size);
/* Returns a duplicate of a descriptor of the target, close-on-exec, with the same file offset and
 * flags. It is the caller's to close. Returns -1 with errno on failure. `pid` may be a thread. */
int target_descriptor(pid_t pid, int fd);

/* Some paths mean another file in each process: "/proc/self/fd/3", "/dev/stdin". Replaces such a
 * path by one that means the file of the target to us. Returns false if it is another path, true if
 * it was replaced; then *path is empty if the new one does not fit or the target is gone. */
bool target_own_path(pid_t pid, char *path, size_t size);

/* Returns the inode of the pipe that a descriptor is an end of; 0: it leads to something else. */
uint64_t target_pipe(pid_t pid, int fd);
/* Is the descriptor one of a FUSE file system? Also true if that is not known. */
bool target_is_on_fuse(pid_t pid, int fd);

/* Does the descriptor lead to a file that is still there when the last process has closed it? */
bool target_is_kept_file(pid_t pid, int fd);
/* Does the target share such a file in this range of its memory? */
bool target_shares_file(pid_t pid, uint64_t address, uint64_t size);

struct target_paths {
    unsigned n;      /* paths; 0: the call names none, or they cannot be read */
    bool is_file;    /* a path, or a descriptor of a regular file, directory or block device */
    bool unread;     /* we were not permitted to read a path; `is_file` may be too much then */
    struct {
        unsigned argument; /* that it is of */
        bool regular;      /* it is that of a descriptor of a regular file */
    } of[2];
    char path[2][TARGET_PATH];
};
/* Reads the path behind the descriptor of a call ("socket:[7]"; "/a (deleted)" becomes "/a"), or
 * the paths that its arguments name, made absolute. `pid` may be a thread, whose own descriptors
 * and directory count. */
void target_paths(pid_t pid, const struct call *call, const struct seccomp_data *data,
                  struct target_paths *ret);

#endif
