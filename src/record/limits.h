/* SPDX-License-Identifier: MIT
 * limits.h: whether a run has kept the limits of --require. A limit that too few operations could
 * show is not kept. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_LIMITS_H
#define RECORD_LIMITS_H

#include <jansson.h>

#include "record/run.h"

/* Adds a finding of kind `limit` for each limit that a run which came to its end has not kept.
 * Returns how many. */
unsigned limits_add(struct record *record);
/* [ { limit, kept, measured } ... ] (new reference). NULL: out of memory. */
json_t *limits_json(const struct record *record);

#endif
