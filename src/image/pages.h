/* SPDX-License-Identifier: MIT
 * pages.h: the bytes of a file, in pages. Copies share their pages until one is changed. A page of
 * zeros is absent. A page that was written whole points into the bytes that were handed over, which
 * must outlive it. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_PAGES_H
#define IMAGE_PAGES_H

#include "image/table.h"

enum { PAGES_SIZE = 4096, PAGES_STALE = 8 };

struct pages {
    struct table table;
    uint64_t size; /* of the file */
    uint64_t sum;  /* of the hashes of its pages, except those that are stale */
    uint64_t stale[PAGES_STALE]; /* n_stale pages that were written since the sum was wanted */
    uint32_t n_stale;
};

/* Returns the hash of all bytes, to which a page of zeros adds nothing. */
uint64_t pages_hash(const struct pages *pages);

/* The file grows if the bytes reach beyond its end. These return 0, or -1: no memory. */
int pages_write(struct pages *pages, uint64_t offset, const unsigned char *bytes, uint64_t length);
/* Only what lies within the file. */
int pages_zero(struct pages *pages, uint64_t offset, uint64_t length);
int pages_resize(struct pages *pages, uint64_t size);
/* Returns the bytes of the first page at *number or after it that is not all zeros, and its number;
 * NULL: there is none. */
const unsigned char *pages_next(const struct pages *pages, uint64_t *number);
struct pages pages_share(const struct pages *pages);
void pages_free(struct pages *pages);

#endif
