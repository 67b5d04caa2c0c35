/* SPDX-License-Identifier: MIT
 * compare.h: is a directory the same as a disk in memory? Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_COMPARE_H
#define IMAGE_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

struct image;

/* Compares the tree below a root (RECORDING_DISK, RECORDING_WITNESS) with that in the directory
 * `at`: names, types, modes, owners, sizes, each byte, targets of links, and which names lead to
 * one file. Returns 1: they are the same; 0: they differ, and `where` says in words where they do
 * first; -1 with `error`: they cannot be compared. */
int image_compare(const struct image *image, uint32_t root, int at, char *where, size_t size,
                  struct error *error);

#endif
