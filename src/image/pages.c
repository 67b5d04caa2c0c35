/* SPDX-License-Identifier: MIT
 * pages.c: see pages.h.
 */
#include "image/pages.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct page {
    uint32_t owners;
    bool hashed;                /* `hash` is that of its bytes */
    uint64_t hash;
    const unsigned char *bytes; /* `own`, or bytes of somebody else */
    unsigned char own[];
};

/* ---- hashes ------------------------------------------------------------------------------- */

/* A page that is written again and again is hashed when somebody asks. */
static void settle(struct pages *pages)
{
    for (uint32_t i = 0; i < pages->n_stale; i++) {
        struct page *page = table_get(&pages->table, pages->stale[i]);
        if (!page->hashed)
            page->hash = XXH3_64bits_withSeed(page->bytes, PAGES_SIZE, pages->stale[i]);
        page->hashed = true;
        pages->sum += page->hash;
    }
    pages->n_stale = 0;
}

/* The hash is kept for the next time; whoever has the pages sees the same bytes. */
uint64_t pages_hash(const struct pages *pages)
{
    settle((struct pages *)(uintptr_t)pages);
    return pages->sum;
}

/* Takes a page that is about to change out of the sum. */
static void leave_sum(struct pages *pages, uint64_t number)
{
    const struct page *page = table_get(&pages->table, number);
    for (uint32_t i = 0; i < pages->n_stale; i++)
        if (pages->stale[i] == number) {
            pages->stale[i] = pages->stale[--pages->n_stale];
            return;
        }
    if (page)
        pages->sum -= page->hash;
}

/* A page has changed. */
static void go_stale(struct pages *pages, uint64_t number)
{
    if (pages->n_stale == PAGES_STALE)
        settle(pages);
    pages->stale[pages->n_stale++] = number;
}

/* ---- one page ----------------------------------------------------------------------------- */

static bool is_zero(const unsigned char *bytes)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, PAGES_SIZE - 1) == 0;
}

/* Puts a page, or NULL, at its place. */
static int put(struct pages *pages, uint64_t number, struct page *page)
{
    leave_sum(pages, number);
    if (table_set(&pages->table, number, page, free) < 0)
        return -1;
    if (page)
        go_stale(pages, number);
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
    page->hashed = false;
    page->bytes = bytes;
    return put(pages, number, page);
}

/* Returns a page with the same bytes that this file alone has, and that can be written; *ret_new:
 * it has yet to be put at its place. NULL: no memory. */
static struct page *own(struct pages *pages, uint64_t number, bool *ret_new)
{
    void *found;
    if (table_own(&pages->table, number, &found) < 0)
        return NULL;
    struct page *old = found;
    *ret_new = !old || old->owners > 1 || old->bytes != old->own;
    if (!*ret_new) {
        leave_sum(pages, number);
        return old;
    }
    struct page *page = malloc(sizeof *page + PAGES_SIZE);
    if (!page)
        return NULL;
    page->owners = 1;
    page->bytes = page->own;
    if (old)
        memcpy(page->own, old->bytes, PAGES_SIZE);
    else
        memset(page->own, 0, PAGES_SIZE);
    return page;
}

/* Puts a page of own() at its place, once its bytes have changed. */
static int take_own(struct pages *pages, uint64_t number, struct page *page, bool is_new)
{
    page->hashed = false;
    if (is_new && is_zero(page->own)) {
        free(page);
        return put(pages, number, NULL);
    }
    if (is_new)
        return put(pages, number, page);
    go_stale(pages, number);
    return is_zero(page->own) ? put(pages, number, NULL) : 0;
}

/* Puts `length` bytes into a page at `within`. */
static int merge(struct pages *pages, uint64_t number, size_t within, const unsigned char *bytes,
                 size_t length)
{
    bool is_new;
    struct page *page = own(pages, number, &is_new);
    if (!page)
        return -1;
    memcpy(page->own + within, bytes, length);
    return take_own(pages, number, page, is_new);
}

/* Makes `length` bytes of a page at `within` zero. */
static int wipe(struct pages *pages, uint64_t number, size_t within, size_t length)
{
    bool is_new;
    if (!table_get(&pages->table, number))
        return 0;
    struct page *page = own(pages, number, &is_new);
    if (!page)
        return -1;
    memset(page->own + within, 0, length);
    return take_own(pages, number, page, is_new);
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
        return wipe(pages, first, head, tail - head);
    if (head > 0 && wipe(pages, first++, head, PAGES_SIZE - head) < 0)
        return -1;
    if (drop(pages, first, last) < 0)
        return -1;
    return tail > 0 ? wipe(pages, last, 0, tail) : 0;
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
