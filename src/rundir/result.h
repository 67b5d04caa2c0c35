/* SPDX-License-Identifier: MIT
 * result.h: JSON documents that appear whole: written under another name, then renamed. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_RESULT_H
#define RUNDIR_RESULT_H

#include <jansson.h>

#include "rundir/directory.h"

/* Writes `document` as `name` below `at`, in place of what is there. NULL: there was no memory for
 * it. 0 or -1. */
int rundir_document(int at, const char *name, const json_t *document, struct error *error);
/* Writes result.json of a run; remembers a failure. */
void rundir_result(struct rundir *rundir, const json_t *result);

#endif
