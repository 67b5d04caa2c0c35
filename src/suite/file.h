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
/* Keeps the cases that --only names, by tag, section or name, and of these the ones that did not
 * pass in the directory of --rerun-failed. Returns 0, or -1 with `error`: there are none. */
int suite_select(struct suite *suite, struct error *error);
/* Drops the cases that do not belong to the suite's shard. */
void suite_share(struct suite *suite);
void suite_free(struct suite *suite);

#endif
