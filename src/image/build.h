/* SPDX-License-Identifier: MIT
 * build.h: puts a disk in memory into a directory. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_BUILD_H
#define IMAGE_BUILD_H

#include <stdint.h>

#include "base/base.h"

struct image;

/* Makes the tree below a root (RECORDING_DISK, RECORDING_WITNESS) in the empty directory `at`. What
 * is zero in a file becomes a hole. Sets owners that differ from ours. Does not make sockets and
 * devices; *ret_skipped (may be NULL): how many those are. Returns 0, or -1 with `error`. */
int image_build(const struct image *image, uint32_t root, int at, uint32_t *ret_skipped,
                struct error *error);

#endif
