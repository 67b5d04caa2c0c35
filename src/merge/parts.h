/* SPDX-License-Identifier: MIT
 * parts.h: the points of `crash` and the cases of `suite`: each belongs to one share, so they are
 * put side by side. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_PARTS_H
#define MERGE_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* "calls" of result.json, made of its points (new reference). NULL: no memory. */
json_t *parts_calls(const json_t *points);
/* How many points and faults of the plan there are: not those in a reset that followed. */
uint64_t parts_planned(const json_t *points);
/* The cases in the order of their suite files (new reference). NULL: no memory. */
json_t *parts_sorted(const json_t *cases);
/* Sets the sums of the cases in a result, by verdict. */
void parts_set_sums(json_t **result, const json_t *cases);
/* Has a case failed? Were all skipped, and is there one? */
bool parts_failed(const json_t *cases);
bool parts_only_skipped(const json_t *cases);

#endif
