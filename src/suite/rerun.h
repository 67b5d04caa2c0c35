/* SPDX-License-Identifier: MIT
 * rerun.h: `suite --rerun-failed`: the cases that did not pass in the directory of an earlier
 * suite. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_RERUN_H
#define SUITE_RERUN_H

#include <jansson.h>

#include "base/base.h"

/* Loads what is known of the cases of that suite (new reference). Returns 0, or -1 with `error`. */
int rerun_load(const char *directory, json_t **ret, struct error *error);
/* Whether a case of this name is to be done again: it failed there, was an error, or was not
 * started. Of a suite that was cut off, this is also a case that it does not name. */
bool rerun_has(const json_t *earlier, const char *name);

#endif
