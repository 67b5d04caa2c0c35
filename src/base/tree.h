/* SPDX-License-Identifier: MIT
 * tree.h: removes a directory and all that is below it, whatever user code left in it: links,
 * mounts, directories that are locked or nested deeply. Not async-signal-safe.
 *
 * Runs in: monitor, warden.
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include "base/error.h"

/* Follows no link and crosses no mount. A directory that does not exist is removed already. 0, or
 * -1 with the first failure in `error`. */
int tree_remove(const char *path, struct error *error);

#endif
