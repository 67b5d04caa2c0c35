/* SPDX-License-Identifier: MIT
 * target.h: looking into a process that waits in a notified call: its memory, its descriptors, the
 * paths that its arguments name. Injector. Everything read is the target's word: it may change it
 * in the next moment, and may be gone.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_TARGET_H
#define INJECTOR_TARGET_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "inject/inject.h"

enum { TARGET_PATH = 4096 };

/* The process of a thread; -1 with errno: gone. */
pid_t target_process(pid_t thread);
/* Copies memory; all of it, or -1 with errno. */
int target_read(pid_t pid, uint64_t address, void *to, size_t size);
int target_write(pid_t pid, uint64_t address, const void *from, size_t size);
/* A string with its NUL, or -1 with errno (ENAMETOOLONG). */
int target_string(pid_t pid, uint64_t address, char *to, size_t size);
/* A duplicate of its descriptor, close-on-exec, sharing place and flags; -1 with errno. */
int target_descriptor(pid_t pid, int fd);

struct target_paths {
    unsigned n;      /* 0: the call names none, or it cannot be read */
    bool is_file;    /* a descriptor of a regular file, a directory or a block device; or a path */
    char path[2][TARGET_PATH];
};
/* `pid`: also of a thread; its own descriptors and directory count.
 * The path behind the descriptor ("socket:[7]", "/a (deleted)" without the note), or the paths that
 * the arguments name, made absolute by the directory they are relative to. */
void target_paths(pid_t pid, const struct call *call, const struct seccomp_data *data,
                  struct target_paths *ret);

#endif
