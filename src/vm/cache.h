/* SPDX-License-Identifier: MIT
 * cache.h: a disk with a volatile cache, as a cut of the power meets it. What was written since the
 * last flush is on the disk, and can be taken back: a cut takes back some of it, whatever the order
 * in which it was written. A sector of CACHE_SECTOR bytes is written whole. A cache that is full
 * writes its oldest bytes back, as that of a disk does. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_CACHE_H
#define VM_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum { CACHE_SECTOR = 4096, CACHE_MOST = 64 << 20 /* bytes that are not flushed */ };

struct cache_write;

struct cache {
    int disk;      /* the file; not the cache's */
    uint64_t size; /* of the disk, in bytes */
    struct cache_write *oldest, *newest; /* since the last flush. Owned */
    uint64_t bytes; /* of these */
};

/* What a cut met. */
struct cache_loss {
    uint64_t writes; /* that were not flushed */
    uint64_t lost, torn; /* of these: lost whole, and in part */
    uint64_t bytes;  /* lost */
};

/* All zero, with `disk` and `size` set, is the cache of a disk that is not used yet. */

/* Reads and writes lie within the disk. These return 0, or -1 with errno. */
int cache_read(const struct cache *cache, uint64_t offset, void *bytes, size_t size);
int cache_write(struct cache *cache, uint64_t offset, const void *bytes, size_t size);
/* What was written can be lost no more: a flush, or the end of a machine whose disk keeps its
 * power. */
void cache_flush(struct cache *cache);
/* Cuts the power. What is lost is drawn: all that was not flushed, nothing, or of the writes some,
 * of which some are torn. Returns 0, or -1 with errno. */
int cache_cut(struct cache *cache, struct random_stream *chance, struct cache_loss *ret);

#endif
