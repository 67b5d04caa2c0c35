/* SPDX-License-Identifier: MIT
 * file.h: opens files that other programs may have made. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdio.h>

/* Opens a regular file below the directory `at` for reading. Follows no link and never blocks.
 * Returns a stream that the caller closes, or NULL with errno (EINVAL: not a regular file). */
FILE *file_open(int at, const char *name);

#endif
