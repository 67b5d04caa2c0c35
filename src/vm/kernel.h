/* SPDX-License-Identifier: MIT
 * kernel.h: the kernel that the guest boots, and the modules that go with it. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_KERNEL_H
#define VM_KERNEL_H

#include <limits.h>

#include "base/base.h"
#include "vm/archive.h"

struct kernel {
    char image[PATH_MAX];
    char release[128];      /* "6.1.0-49-cloud-amd64" */
    char modules[PATH_MAX]; /* the directory of its modules; "": it has none */
};

/* Finds the kernel: the file `given`, or without it the newest of this machine. Returns 0, 1 with
 * the reason if this machine has none, or -1 with the reason: it is not a kernel. */
int kernel_find(const char *given, struct kernel *ret, struct error *error);
/* Puts into the machine the modules that it needs, for a `disk` those of file systems, and the list
 * of those that its init loads. Returns 0, or -1 with the reason. */
int kernel_add_modules(const struct kernel *kernel, bool disk, struct archive *archive,
                       struct error *error);

/* The list: one path a line, in the order in which they are loaded. */
#define KERNEL_LIST "/stress/modules"

#endif
