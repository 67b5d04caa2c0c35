/* SPDX-License-Identifier: MIT
 * origin.h: where a result comes from: the machine, the share of a fleet, and what was tested.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_ORIGIN_H
#define RECORD_ORIGIN_H

#include <jansson.h>

#include "cli/cli.h"

/* Sets "machine", of a share "shard", and "tested": see workload/tested.h. `shard` and `tested` may
 * be NULL. *object becomes NULL if memory runs out. */
void origin_set(json_t **object, const struct options_shard *shard, json_t *tested);

#endif
