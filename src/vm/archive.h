/* SPDX-License-Identifier: MIT
 * archive.h: the archive in memory from which the guest's kernel makes its root (initramfs, the
 * "newc" form of cpio). Directories above a file are added by themselves. A path that is there
 * already is left as it is. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_ARCHIVE_H
#define VM_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/base.h"
#include "format/format.h"

struct archive {
    FILE *out; /* a memfd */
    struct names names;
    uint32_t inode;
};

/* These return 0, or -1 with the reason. Paths in the guest are absolute. */
int archive_begin(struct archive *archive, struct error *error);
int archive_folder(struct archive *archive, const char *path, unsigned mode, struct error *error);
/* Adds what the file `from` of the host has; *ret_new, unless NULL: it was not there. */
int archive_file(struct archive *archive, const char *path, const char *from, bool *ret_new,
                 struct error *error);
int archive_text(struct archive *archive, const char *path, const void *bytes, size_t size,
                 unsigned mode, struct error *error);
int archive_link(struct archive *archive, const char *path, const char *target,
                 struct error *error);
/* A character device. */
int archive_device(struct archive *archive, const char *path, unsigned major, unsigned minor,
                   struct error *error);
/* Completes it. The descriptor stays the archive's. Returns it, or -1. */
int archive_end(struct archive *archive, struct error *error);
void archive_free(struct archive *archive);

#endif
