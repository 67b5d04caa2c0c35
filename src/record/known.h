/* SPDX-License-Identifier: MIT
 * known.h: the findings that a file says are known: each is one bucket, the date since when it is
 * known, and the reason. stress-supervisor(1) has the format. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_KNOWN_H
#define RECORD_KNOWN_H

#include "base/base.h"

struct known_entry {
    char *bucket, *since, *reason; /* in `text` */
};

enum { KNOWN_MOST = 1000 };

struct known {
    char *text; /* owned */
    struct known_entry list[KNOWN_MOST];
    unsigned n;
};

/* Reads the file. Returns 0, or -1 with "FILE:LINE: ..." in `error`. */
int known_read(const char *path, struct known *ret, struct error *error);
/* Returns the entry of exactly this bucket; NULL: there is none. */
const struct known_entry *known_find(const struct known *known, const char *bucket);
void known_free(struct known *known);

#endif
