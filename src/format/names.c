/* SPDX-License-Identifier: MIT
 * names.c: see names.h. A hash table with open addressing, at most half full.
 */
#include "format/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

#ifndef __clang__ /* gcc 12 loses track of pointers in an array behind a struct */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

static uint32_t slot_of(const struct names *names, const char *name)
{
    uint32_t mask = 2 * names->room - 1;
    uint32_t at = (uint32_t)random_actor_key(name, 0) & mask;
    while (names->slots[at] && strcmp(names->name[names->slots[at] - 1], name) != 0)
        at = (at + 1) & mask;
    return at;
}

uint32_t names_find(const struct names *names, const char *name)
{
    uint32_t found = names->room ? names->slots[slot_of(names, name)] : 0;
    return found ? found - 1 : NAMES_NONE;
}

static int grow(struct names *names)
{
    uint32_t room = names->room ? 2 * names->room : 64;
    char **name = realloc(names->name, room * sizeof *name);
    if (!name)
        return -1;
    names->name = name;
    uint32_t *slots = calloc(2 * (size_t)room, sizeof *slots);
    if (!slots)
        return -1;
    free(names->slots);
    names->slots = slots;
    names->room = room;
    for (uint32_t i = 0; i < names->n; i++)
        names->slots[slot_of(names, names->name[i])] = i + 1;
    return 0;
}

uint32_t names_add(struct names *names, const char *name)
{
    uint32_t found = names_find(names, name);
    if (found != NAMES_NONE)
        return found;
    if (names->n == names->room && grow(names) < 0)
        return NAMES_NONE;
    char *copy = strdup(name);
    if (!copy)
        return NAMES_NONE;
    names->slots[slot_of(names, name)] = names->n + 1;
    names->name[names->n] = copy;
    return names->n++;
}

void names_free(struct names *names)
{
    for (uint32_t i = 0; i < names->n; i++)
        free(names->name[i]);
    free(names->name);
    free(names->slots);
    *names = (struct names){ 0 };
}
