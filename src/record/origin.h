/* SPDX-License-Identifier: MIT
 * origin.h: where a result comes from: the machine, and the share of a fleet. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_ORIGIN_H
#define RECORD_ORIGIN_H

#include <jansson.h>

#include "cli/cli.h"

/* Sets "machine", and of a share "shard"; `shard` may be NULL. *object becomes NULL if memory runs
 * out. */
void origin_set(json_t **object, const struct options_shard *shard);

#endif
