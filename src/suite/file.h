/* SPDX-License-Identifier: MIT
 * file.h: suite files: man/stress-supervisor-suite.5 has the grammar. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_FILE_H
#define SUITE_FILE_H

#include "suite/case.h"

/* Adds the cases of a file. They keep `path`, which must outlive them. Returns 0, or -1 with
 * `error`: "FILE:LINE: ...". */
int suite_read(struct suite *suite, const char *path, struct error *error);

#endif
