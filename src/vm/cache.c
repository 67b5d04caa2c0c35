/* SPDX-License-Identifier: MIT
 * cache.c: see cache.h. Each write keeps the bytes that it has replaced. A cut puts all of them
 * back, from the newest to the oldest, and then writes anew what is not lost.
 */
#include "vm/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a cut does with the writes that were not flushed. */
enum draw { DRAW_LOSES_ALL, DRAW_KEEPS_ALL, DRAW_LOSES_SOME, DRAW_TEARS_SOME, DRAWS };
enum { TENTHS = 10, TORN_TENTHS = 3 }; /* of the writes that are not kept */

struct cache_write {
    struct cache_write *older, *newer;
    uint64_t offset;
    size_t size;
    unsigned char bytes[]; /* that it replaced; in a cut: its own */
};

/* ---- the file ---------------------------------------------------------------------------- */

int cache_read(const struct cache *cache, uint64_t offset, void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(cache->disk, (char *)bytes + done, size - done, (off_t)(offset + done));
        if (n == 0)
            errno = EIO; /* somebody has cut the file off */
        if (n == 0 || (n < 0 && errno != EINTR))
            return -1;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int put(const struct cache *cache, uint64_t offset, const void *bytes, size_t size)
{
    return fd_write_all_at(cache->disk, bytes, size, (off_t)offset);
}

/* ---- writes ------------------------------------------------------------------------------ */

static void drop_oldest(struct cache *cache)
{
    struct cache_write *oldest = cache->oldest;
    cache->oldest = oldest->newer;
    if (cache->oldest)
        cache->oldest->older = NULL;
    else
        cache->newest = NULL;
    cache->bytes -= oldest->size;
    free(oldest);
}

static void append(struct cache *cache, struct cache_write *write)
{
    write->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = write;
    else
        cache->oldest = write;
    cache->newest = write;
    cache->bytes += write->size;
}

int cache_write(struct cache *cache, uint64_t offset, const void *bytes, size_t size)
{
    struct cache_write *write = malloc(sizeof *write + size);
    if (!write)
        return -1;
    *write = (struct cache_write){ .offset = offset, .size = size };
    if (cache_read(cache, offset, write->bytes, size) < 0 || put(cache, offset, bytes, size) < 0) {
        free(write);
        return -1;
    }
    append(cache, write);
    while (cache->bytes > CACHE_MOST)
        drop_oldest(cache);
    return 0;
}

void cache_flush(struct cache *cache)
{
    while (cache->oldest)
        drop_oldest(cache);
}

/* ---- a cut ------------------------------------------------------------------------------- */

/* Puts back what the write replaced, and keeps what it wrote. */
static int take_back(const struct cache *cache, struct cache_write *write)
{
    unsigned char *own = malloc(write->size);
    int result = own && cache_read(cache, write->offset, own, write->size) == 0 &&
                         put(cache, write->offset, write->bytes, write->size) == 0 ? 0 : -1;
    if (result == 0)
        memcpy(write->bytes, own, write->size);
    int error = errno;
    free(own);
    errno = error;
    return result;
}

static int keep(const struct cache *cache, const struct cache_write *write, size_t from, size_t to)
{
    return put(cache, write->offset + from, write->bytes + from, to - from);
}

/* Keeps the begin or the end of the write, up to a border of sectors inside of it. */
static int tear(const struct cache *cache, const struct cache_write *write,
                struct random_stream *chance, struct cache_loss *loss)
{
    uint64_t first = write->offset / CACHE_SECTOR + 1;
    uint64_t borders = (write->offset + write->size - 1) / CACHE_SECTOR + 1 - first;
    size_t at = (size_t)((first + random_below(chance, borders)) * CACHE_SECTOR - write->offset);
    bool keeps_begin = random_below(chance, 2) == 0;
    loss->torn++;
    loss->bytes += keeps_begin ? write->size - at : at;
    return keeps_begin ? keep(cache, write, 0, at) : keep(cache, write, at, write->size);
}

static bool is_one_sector(const struct cache_write *write)
{
    return write->offset / CACHE_SECTOR == (write->offset + write->size - 1) / CACHE_SECTOR;
}

static int decide(const struct cache *cache, const struct cache_write *write, enum draw draw,
                  struct random_stream *chance, struct cache_loss *loss)
{
    bool some = draw == DRAW_LOSES_SOME || draw == DRAW_TEARS_SOME;
    if (draw == DRAW_KEEPS_ALL || (some && random_below(chance, 2) == 0))
        return keep(cache, write, 0, write->size);
    if (draw == DRAW_TEARS_SOME && random_below(chance, TENTHS) < TORN_TENTHS &&
        !is_one_sector(write))
        return tear(cache, write, chance, loss);
    loss->lost++;
    loss->bytes += write->size;
    return 0;
}

int cache_cut(struct cache *cache, struct random_stream *chance, struct cache_loss *ret)
{
    enum draw draw = (enum draw)random_below(chance, DRAWS);
    int result = 0;
    *ret = (struct cache_loss){ 0 };
    for (struct cache_write *write = cache->newest; write && result == 0; write = write->older)
        result = take_back(cache, write);
    for (struct cache_write *write = cache->oldest; write && result == 0; write = write->newer) {
        ret->writes++;
        result = decide(cache, write, draw, chance, ret);
    }
    cache_flush(cache);
    return result;
}
