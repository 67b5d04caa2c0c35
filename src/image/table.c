/* SPDX-License-Identifier: MIT
 * table.c: see table.h.
 */
#include "image/table.h"

#include <stdlib.h>
#include <string.h>

enum { BITS = 6, FAN = 1 << BITS, HIGHEST = (64 + BITS - 1) / BITS };

struct branch {
    uint32_t owners;
    void *slot[FAN];
};

static void add_owner(void *object)
{
    if (object)
        ++*(uint32_t *)object;
}

/* Gives up one ownership of a value (height 0) or branch. */
static void give_up(void *object, uint32_t height, table_release release)
{
    if (!object || --*(uint32_t *)object > 0)
        return;
    if (height == 0) {
        release(object);
        return;
    }
    struct branch *branch = object;
    for (int i = 0; i < FAN; i++)
        give_up(branch->slot[i], height - 1, release);
    free(branch);
}

/* Which slot leads to the index, in a branch of this height? */
static unsigned slot_of(uint64_t index, uint32_t height)
{
    return (unsigned)(index >> (height - 1) * BITS) % FAN;
}

static bool reaches(const struct table *table, uint64_t index)
{
    return table->height >= HIGHEST || index >> table->height * BITS == 0;
}

void *table_get(const struct table *table, uint64_t index)
{
    void *object = reaches(table, index) ? table->top : NULL;
    for (uint32_t height = table->height; object && height > 0; height--)
        object = ((struct branch *)object)->slot[slot_of(index, height)];
    return object;
}

/* Makes *object, a branch or NULL, a branch that has one owner. */
static struct branch *own_branch(void **object)
{
    struct branch *old = *object, *branch;
    if (old && old->owners == 1)
        return old;
    branch = calloc(1, sizeof *branch);
    if (!branch)
        return NULL;
    branch->owners = 1;
    for (int i = 0; old && i < FAN; i++)
        add_owner(branch->slot[i] = old->slot[i]);
    if (old)
        old->owners--;
    *object = branch;
    return branch;
}

/* Makes the table so high that it reaches the index. */
static int heighten(struct table *table, uint64_t index)
{
    while (!reaches(table, index)) {
        void *above = NULL;
        if (table->top) {
            struct branch *branch = own_branch(&above);
            if (!branch)
                return -1;
            branch->slot[0] = table->top;
            table->top = branch;
        }
        table->height++;
    }
    return 0;
}

/* Returns where the value of an index lies; nothing on the way is shared. NULL: no memory. */
static void **own_path(struct table *table, uint64_t index)
{
    if (heighten(table, index) < 0)
        return NULL;
    void **object = &table->top;
    for (uint32_t height = table->height; height > 0; height--) {
        struct branch *branch = own_branch(object);
        if (!branch)
            return NULL;
        object = &branch->slot[slot_of(index, height)];
    }
    return object;
}

int table_own(struct table *table, uint64_t index, void **ret)
{
    *ret = NULL;
    if (!table_get(table, index))
        return 0;
    void **place = own_path(table, index);
    if (!place)
        return -1;
    *ret = *place;
    return 0;
}

int table_set(struct table *table, uint64_t index, void *value, table_release release)
{
    if (!value && !table_get(table, index))
        return 0;
    void **place = own_path(table, index);
    if (!place) {
        give_up(value, 0, release);
        return -1;
    }
    give_up(*place, 0, release);
    *place = value;
    return 0;
}

/* Looks below an object for the first value at *index or after it. */
static void *next_below(void *object, uint32_t height, uint64_t *index)
{
    if (!object || height == 0)
        return object;
    const struct branch *branch = object;
    uint64_t span = UINT64_C(1) << (height - 1) * BITS;
    for (unsigned i = slot_of(*index, height); i < FAN; i++) {
        uint64_t end = (*index / span + 1) * span; /* where the next slot begins */
        void *value = next_below(branch->slot[i], height - 1, index);
        if (value)
            return value;
        *index = end;
        if (end == 0)
            break; /* it is beyond the last index */
    }
    return NULL;
}

void *table_next(const struct table *table, uint64_t *index)
{
    return reaches(table, *index) ? next_below(table->top, table->height, index) : NULL;
}

struct table table_share(const struct table *table)
{
    add_owner(table->top);
    return *table;
}

void table_clear(struct table *table, table_release release)
{
    give_up(table->top, table->height, release);
    *table = (struct table){ NULL, 0 };
}
