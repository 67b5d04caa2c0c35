/* SPDX-License-Identifier: MIT
 * hash.h: knows a disk in memory by 128 bits. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_HASH_H
#define IMAGE_HASH_H

#include <stdint.h>

struct image;

struct image_hash {
    uint64_t low, high;
};

/* Hashes the tree below the disk's root: names, types, modes, owners, sizes, contents, and which
 * names lead to one node. Sockets and devices, which image_build() does not make, do not count. The
 * time that it takes depends on the entries, not on their bytes. -1: no
 * memory. */
int image_hash(const struct image *image, struct image_hash *ret);

#endif
