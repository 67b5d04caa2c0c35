/* SPDX-License-Identifier: MIT
 * names.h: strings, each kept once, by number.
 *
 * Runs in: monitor.
 */
#ifndef FORMAT_NAMES_H
#define FORMAT_NAMES_H

#include <stdint.h>

#define NAMES_NONE UINT32_MAX

struct names {
    uint32_t n, room;
    char **name;
    uint32_t *slots; /* 2 * room of them: number + 1 of a name; 0: free */
};

/* The number of a name, which is added if it is not there; NAMES_NONE: no memory. */
uint32_t names_add(struct names *names, const char *name);
/* NAMES_NONE: it is not there. */
uint32_t names_find(const struct names *names, const char *name);
void names_free(struct names *names);

#endif
