/* SPDX-License-Identifier: MIT
 * names.h: strings, each kept once, by number. Not async-signal-safe.
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
    void *tree; /* of tsearch(3) */
};

/* The number of a name, which is added if it is not there; NAMES_NONE: no memory. */
uint32_t names_add(struct names *names, const char *name);
/* NAMES_NONE: it is not there. */
uint32_t names_find(const struct names *names, const char *name);
void names_free(struct names *names);

#endif
