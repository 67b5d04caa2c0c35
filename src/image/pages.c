/* SPDX-License-Identifier: MIT
 * pages.c: see pages.h.
 */
#include "image/pages.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct page {
    uint32_t owners;
    uint64_t hash;
    const unsigned char *bytes; /* `own`, or bytes of somebody else */
    unsigned char own[];
};

/* ---- one page ----------------------------------------------------------------------------- */

static bool is_zero(const unsigned char *bytes)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, PAGES_SIZE - 1) == 0;
}

/* Puts a page, or NULL, at its place and keeps the sum. */
static int put(struct pages *pages, uint64_t number, struct page *page)
{
    const struct page *old = table_get(&pages->table, number);
    uint64_t gone = old ? old->hash : 0, come = page ? page->hash : 0;
    if (table_set(&pages->table, number, page, free) < 0)
        return -1;
    pages->hash += come - gone;
    return 0;
}

/* A page that was written whole. */
static int point_to(struct pages *pages, uint64_t number, const unsigned char *bytes)
{
    if (is_zero(bytes))
        return put(pages, number, NULL);
    struct page *page = malloc(sizeof *page);
    if (!page)
        return -1;
    page->owners = 1;
    page->hash = XXH3_64bits_withSeed(bytes, PAGES_SIZE, number);
    page->bytes = bytes;
    return put(pages, number, page);
}

/* Puts `length` bytes (NULL: zeros) into a page at `within`. */
static int merge(struct pages *pages, uint64_t number, size_t within, const unsigned char *bytes,
                 size_t length)
{
    const struct page *old = table_get(&pages->table, number);
    if (!old && !bytes)
        return 0;
    struct page *page = calloc(1, sizeof *page + PAGES_SIZE);
    if (!page)
        return -1;
    page->owners = 1;
    page->bytes = page->own;
    if (old)
        memcpy(page->own, old->bytes, PAGES_SIZE);
    if (bytes)
        memcpy(page->own + within, bytes, length);
    else
        memset(page->own + within, 0, length);
    if (is_zero(page->own)) {
        free(page);
        return put(pages, number, NULL);
    }
    page->hash = XXH3_64bits_withSeed(page->own, PAGES_SIZE, number);
    return put(pages, number, page);
}

/* ---- the file ----------------------------------------------------------------------------- */

int pages_write(struct pages *pages, uint64_t offset, const unsigned char *bytes, uint64_t length)
{
    while (length > 0) {
        uint64_t number = offset / PAGES_SIZE;
        size_t within = (size_t)(offset % PAGES_SIZE);
        size_t part = length < PAGES_SIZE - within ? (size_t)length : PAGES_SIZE - within;
        int failed = part == PAGES_SIZE ? point_to(pages, number, bytes)
                                        : merge(pages, number, within, bytes, part);
        if (failed)
            return -1;
        bytes += part;
        offset += part;
        length -= part;
        if (offset > pages->size)
            pages->size = offset;
    }
    return 0;
}

/* Removes the pages from `first` to before `end`. */
static int drop(struct pages *pages, uint64_t first, uint64_t end)
{
    while (table_next(&pages->table, &first) && first < end) {
        if (put(pages, first, NULL) < 0)
            return -1;
        first++;
    }
    return 0;
}

int pages_zero(struct pages *pages, uint64_t offset, uint64_t length)
{
    uint64_t end = offset + length < pages->size ? offset + length : pages->size;
    if (offset >= end)
        return 0;
    uint64_t first = offset / PAGES_SIZE, last = end / PAGES_SIZE;
    size_t head = (size_t)(offset % PAGES_SIZE), tail = (size_t)(end % PAGES_SIZE);
    if (first == last)
        return merge(pages, first, head, NULL, tail - head);
    if (head > 0 && merge(pages, first++, head, NULL, PAGES_SIZE - head) < 0)
        return -1;
    if (drop(pages, first, last) < 0)
        return -1;
    return tail > 0 ? merge(pages, last, 0, NULL, tail) : 0;
}

int pages_resize(struct pages *pages, uint64_t size)
{
    if (size == 0) {
        pages_free(pages);
    } else if (size < pages->size) { /* bytes behind the end are zeros, for when it grows */
        if (pages_zero(pages, size, pages->size - size) < 0)
            return -1;
    }
    pages->size = size;
    return 0;
}

const unsigned char *pages_next(const struct pages *pages, uint64_t *number)
{
    const struct page *page = table_next(&pages->table, number);
    return page ? page->bytes : NULL;
}

struct pages pages_share(const struct pages *pages)
{
    struct pages copy = *pages;
    copy.table = table_share(&pages->table);
    return copy;
}

void pages_free(struct pages *pages)
{
    table_clear(&pages->table, free);
    *pages = (struct pages){ .size = 0 };
}
