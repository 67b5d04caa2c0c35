/* SPDX-License-Identifier: MIT
 * tree.h: removes a directory and everything below it, whatever user code left there: links,
 * mounts, directories without permissions or nested deeply. Not async-signal-safe.
 *
 * Runs in: monitor, warden.
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include "base/error.h"

/* Removes the directory. Follows no link and crosses no mount. Succeeds if the directory does not
 * exist. Returns 0, or -1 with the first failure in `error`. */
int tree_remove(const char *path, struct error *error);
/* The same for `name` in the directory `at`, wherever that was moved. */
int tree_remove_at(int at, const char *name, struct error *error);
/* The same, but leaves the directory itself, which must exist, with mode 0700. Returns a descriptor
 * of it, the caller's to close, or -1 with `error`. */
int tree_empty_at(int at, const char *name, struct error *error);

#endif
