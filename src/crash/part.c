/* SPDX-License-Identifier: MIT
 * part.c: see part.h.
 */
#include "crash/part.h"

#include <inttypes.h>
#include <stdio.h>

#include "crash/address.h"

enum { ADDRESS = 2 * RULE_PATH };

static uint64_t add_number(uint64_t hash, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, number);
    return shard_whole(hash, text);
}

/* The address of a case as a number. Steps of a recording are numbered in the same way in each
 * shard, since each records the same run. */
static uint64_t hash_of(const struct crash *crash, uint32_t point,
                        const struct durable_state *state)
{
    char text[ADDRESS];
    uint64_t hash = shard_whole(0, address_text(&crash->points->points[point],
                                                crash->ordinals[point], text, sizeof text));
    if (!state)
        return hash;
    hash = add_number(add_number(hash, state->model), state->point);
    for (size_t i = 0; i < state->n_lost; i++)
        hash = add_number(hash, state->lost[i]);
    for (size_t i = 0; i < state->n_torn; i++)
        hash = add_number(add_number(hash, state->torn[i].step), state->torn[i].keep);
    return hash;
}

static bool has(const struct crash *crash, uint32_t point, const struct durable_state *state)
{
    char text[32];
    if (!shard_is(&crash->options->shard))
        return true;
    snprintf(text, sizeof text, "%" PRIx64, hash_of(crash, point, state));
    return shard_has(&crash->options->shard, text);
}

bool part_has_point(const struct crash *crash, uint32_t point)
{
    return has(crash, point, NULL);
}

bool part_has_state(const struct crash *crash, uint32_t point, const struct durable_state *state)
{
    return has(crash, point, state);
}

void part_count(struct crash *crash, uint32_t point, uint32_t fault,
                const struct durable_state *state)
{
    crash->n_whole++;
    if (shard_is(&crash->options->shard))
        crash->whole = add_number(add_number(crash->whole, hash_of(crash, point, state)), fault);
}

bool part_is_first(const struct crash *crash)
{
    return !shard_is(&crash->options->shard) || crash->options->shard.number == 1;
}
