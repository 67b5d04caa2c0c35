/* SPDX-License-Identifier: MIT
 * names.c: see names.h: a list, and a tree of tsearch(3) that finds a name in it.
 */
#include "format/names.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct listed {
    const char *name; /* its own copy, or what is looked for */
    uint32_t number;
    char copy[];
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
    size_t size = strlen(name) + 1;
    struct listed *entry = malloc(sizeof *entry + size);
    if (!entry)
        return NAMES_NONE;
    memcpy(entry->copy, name, size);
    entry->name = entry->copy;
    entry->number = names->n;
    if (!tsearch(entry, &names->tree, compare)) {
        free(entry);
        return NAMES_NONE;
    }
    names->name[names->n] = entry->copy;
    return names->n++;
}

void names_free(struct names *names)
{
    tdestroy(names->tree, free);
    free(names->name);
    *names = (struct names){ 0 };
}
