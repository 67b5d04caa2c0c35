/* SPDX-License-Identifier: MIT
 * names.c: see names.h: a list, and a tree of tsearch(3) that finds a name in it.
 */
#include "format/names.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct listed {
    const char *name; /* in the list */
    uint32_t number;
};

static int compare(const void *a, const void *b)
{
    const struct listed *left = a, *right = b;
    return strcmp(left->name, right->name);
}

uint32_t names_find(const struct names *names, const char *name)
{
    struct listed *const *found = tfind(&(struct listed){ .name = name }, &names->tree, compare);
    return found ? (*found)->number : NAMES_NONE;
}

static int grow(struct names *names)
{
    uint32_t room = names->room ? 2 * names->room : 64;
    char **name = realloc(names->name, room * sizeof *name);
    if (!name)
        return -1;
    names->name = name;
    names->room = room;
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
    struct listed *entry = malloc(sizeof *entry);
    if (entry)
        *entry = (struct listed){ copy, names->n };
    if (!copy || !entry || !tsearch(entry, &names->tree, compare)) {
        free(copy);
        free(entry);
        return NAMES_NONE;
    }
    names->name[names->n] = copy;
    return names->n++;
}

void names_free(struct names *names)
{
    tdestroy(names->tree, free);
    for (uint32_t i = 0; i < names->n; i++)
        free(names->name[i]);
    free(names->name);
    *names = (struct names){ 0 };
}
