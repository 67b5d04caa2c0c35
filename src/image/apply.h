/* SPDX-License-Identifier: MIT
 * apply.h: steps change a disk in memory. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_APPLY_H
#define IMAGE_APPLY_H

#include <stdint.h>

struct image;

#define IMAGE_ALL UINT64_MAX         /* of the bytes of a WRITE, all take effect */
#define IMAGE_SIZE (UINT64_MAX - 1)  /* none, but the file grows as if they had */
#define IMAGE_NAME (UINT64_MAX - 1)  /* of a RENAME: the new name is given, the old one stays */
#define IMAGE_CLEAR (UINT64_MAX - 2) /* of a RENAME: what it replaces is removed, and that is all */

/* Makes one step of the recording. `keep`: how many bytes of a WRITE take effect, or one of the
 * above. Steps may be left out, but those that are made come in their order. What a step needs and
 * does not find makes it do nothing: a node, a name, a directory. Two rules make sense of gaps:
 *  - A name that is removed or replaced is so whatever it leads to.
 *  - A RENAME that does not find its old name takes the name from which the node had been renamed
 *    to that, if that is there; or gives the new one to a node that has no name; and otherwise does
 *    nothing. So a directory never has two names.
 * Returns 0, or -1: no memory. */
int image_apply(struct image *image, uint64_t step, uint64_t keep);

#endif
