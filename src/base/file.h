/* SPDX-License-Identifier: MIT
 * file.h: opens and copies files that other programs may have made. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdio.h>
#include <sys/types.h>

/* Opens a regular file below the directory `at` for reading. Follows no link and never blocks.
 * Returns a stream that the caller closes, or NULL with errno (EINVAL: not a regular file). */
FILE *file_open(int at, const char *name);
/* Copies the bytes from `begin` to `end`, to the same place in `to`. Returns how many there were: a
 * file that cannot be read on, or became shorter meanwhile, has fewer. -1 with errno: they could
 * not be written. */
off_t file_copy(int from, int to, off_t begin, off_t end);

#endif
