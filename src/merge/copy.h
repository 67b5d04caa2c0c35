/* SPDX-License-Identifier: MIT
 * copy.h: copies the directory of a finding from one run directory to another. Names come from
 * files that others may have made, so none leads out of the directory. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_COPY_H
#define MERGE_COPY_H

#include <jansson.h>
#include <stdbool.h>

#include "rundir/rundir.h"

enum { COPY_NAME = 256 };

/* Is it the name of a finding's directory, "findings/0001-crash-SIGSEGV-writer"? */
bool copy_is_directory(const char *name);
/* Copies the regular files in `directory` below `path` to findings/ with the number of the finding,
 * and into finding.json what `finding` says of all shards. Writes its name to `ret`; "": it could
 * not be read. Adds the size to *kept. A failure to write is remembered in `rundir`. */
void copy_finding(struct rundir *rundir, const char *path, const char *directory,
                  const json_t *finding, char ret[COPY_NAME], size_t *kept);

#endif
