/* SPDX-License-Identifier: MIT
 * known.c: see known.h. A table with open addressing.
 */
#include "durable/known.h"

#include <stdlib.h>

#include "base/base.h"

struct known_state {
    struct image_hash disk;
    uint64_t witness;
    uint64_t number; /* + 1; 0: the slot is free */
    unsigned models; /* that it was met under: bits 1 << model */
};

struct durable_known {
    struct known_state *slot;
    size_t room; /* a power of 2, at least twice the states */
    uint64_t n;
};

struct durable_known *durable_known_new(void)
{
    return calloc(1, sizeof(struct durable_known));
}

void durable_known_free(struct durable_known *known)
{
    if (!known)
        return;
    free(known->slot);
    free(known);
}

/* Returns the slot of a state, or the free one where it belongs. */
static struct known_state *find(struct known_state *slot, size_t room, struct image_hash disk,
                                uint64_t witness)
{
    size_t i = (size_t)random_mix(disk.low ^ random_mix(witness)) & (room - 1);
    while (slot[i].number && (slot[i].disk.low != disk.low || slot[i].disk.high != disk.high ||
                              slot[i].witness != witness))
        i = (i + 1) & (room - 1);
    return &slot[i];
}

static int grow(struct durable_known *known)
{
    size_t room = known->room ? known->room * 2 : 1024;
    struct known_state *slot = calloc(room, sizeof *slot);
    if (!slot)
        return -1;
    for (size_t i = 0; i < known->room; i++)
        if (known->slot[i].number)
            *find(slot, room, known->slot[i].disk, known->slot[i].witness) = known->slot[i];
    free(known->slot);
    known->slot = slot;
    known->room = room;
    return 0;
}

int durable_known_meet(struct durable_known *known, struct image_hash disk, uint64_t witness,
                       enum durable_model model, struct durable_met *ret)
{
    if ((known->n + 1) * 2 > known->room && grow(known) < 0)
        return -1;
    struct known_state *state = find(known->slot, known->room, disk, witness);
    ret->is_new = state->number == 0;
    if (ret->is_new)
        *state = (struct known_state){ disk, witness, ++known->n, 0 };
    ret->number = state->number - 1;
    ret->is_new_to_model = !(state->models >> model & 1);
    state->models |= 1u << model;
    return 0;
}

int durable_known_add(struct durable_known *known, struct image_hash disk, uint64_t witness,
                      uint64_t *ret_number)
{
    struct durable_met met;
    if (durable_known_meet(known, disk, witness, DURABLE_PROCESS, &met) < 0)
        return -1;
    *ret_number = met.number;
    return met.is_new;
}

uint64_t durable_known_count(const struct durable_known *known)
{
    return known->n;
}
