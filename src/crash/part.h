/* SPDX-License-Identifier: MIT
 * part.h: which cases of the whole enumeration belong to its shard. A case is found by its address,
 * so each belongs to one shard, however many there are. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_PART_H
#define CRASH_PART_H

#include "crash/state.h"

/* Does a point belong to the shard? The ordinals must be known. */
bool part_has_point(const struct crash *crash, uint32_t point);
/* Does a state? `point`: the call at which it was left. */
bool part_has_state(const struct crash *crash, uint32_t point, const struct durable_state *state);
/* Counts a case of the whole, whether it belongs to the shard or not. `state`: NULL without
 * states. */
void part_count(struct crash *crash, uint32_t point, uint32_t fault,
                const struct durable_state *state);
/* Is it the one shard that counts what has no address? */
bool part_is_first(const struct crash *crash);

#endif
