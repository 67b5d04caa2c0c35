/* SPDX-License-Identifier: MIT
 * image.h: a disk in memory, made of the steps of a recording. Copies cost nothing: they share
 * their nodes and pages until one of them is changed. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "image/apply.h"
#include "image/build.h"
#include "image/compare.h"
#include "image/hash.h"
#include "recording/recording.h"

/* Makes an empty disk. The recording must outlive it and its copies. NULL: no memory. */
struct image *image_new(const struct recording *recording);
struct image *image_clone(const struct image *image);
/* NULL: does nothing. */
void image_free(struct image *image);
/* Is the node there, with a name or without one? No longer, once no step can give it a name. */
bool image_has(const struct image *image, uint32_t node);

#endif
