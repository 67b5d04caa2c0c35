/* SPDX-License-Identifier: MIT
 * result.h: JSON documents that appear complete: each is written under another name, then renamed.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_RESULT_H
#define RUNDIR_RESULT_H

#include <jansson.h>

#include "rundir/directory.h"

/* Writes `document` as `name` below the directory `at`, in place of an old one. A NULL document
 * means out of memory. Returns 0, or -1 with the reason. */
int rundir_document(int at, const char *name, const json_t *document, struct error *error);
/* Writes result.json. A failure is remembered in `rundir`. */
void rundir_result(struct rundir *rundir, const json_t *result);

#endif
