/* SPDX-License-Identifier: MIT
 * names.h: a set of strings, each with a number. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef FORMAT_NAMES_H
#define FORMAT_NAMES_H

#include <stdint.h>

#define NAMES_NONE UINT32_MAX

struct names {
    uint32_t n, room;
    char **name; /* borrowed from the tree */
    void *tree;  /* of tsearch(3) */
};

/* Returns the number of a name, from 0, and copies the name into the set if it is new. Returns
 * NAMES_NONE if memory runs out. All zero is an empty set. */
uint32_t names_add(struct names *names, const char *name);
/* Returns the number of a name; NAMES_NONE: it is not in the set. */
uint32_t names_find(const struct names *names, const char *name);
/* Frees all names and empties the set. */
void names_free(struct names *names);

#endif
