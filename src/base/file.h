/* SPDX-License-Identifier: MIT
 * file.h: opens files that somebody else may have made. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdio.h>

/* Opens a regular file below `at` for reading: follows no link and never blocks. NULL with errno;
 * EINVAL: not a regular file. The caller closes it. */
FILE *file_open(int at, const char *name);

#endif
