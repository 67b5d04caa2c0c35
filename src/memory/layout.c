/* SPDX-License-Identifier: MIT
 * layout.c: see layout.h.
 */
#include "memory/layout.h"

static uint64_t pages(uint64_t size, uint64_t page)
{
    return (size + page - 1) / page * page;
}

/* Returns how many operations a log holds: fewer if there are many actors, since all of its pages
 * get touched. */
static uint32_t logged_operations(uint32_t n_actors)
{
    enum { LEAST = 1024, MOST = 65536, TOGETHER = 1 << 22 };
    uint32_t n = MOST;
    while (n > LEAST && (uint64_t)n * n_actors > TOGETHER)
        n /= 2;
    return n;
}

void layout_plan(uint32_t n_actors, uint64_t page, struct layout_plan *ret)
{
    ret->ledgers = pages(sizeof(struct layout_header), page);
    ret->servers = ret->ledgers + pages(n_actors * sizeof(struct layout_ledger), page);
    ret->breaks = ret->servers + pages(DEFINITION_SERVERS * sizeof(struct layout_server), page);
    ret->slots = ret->breaks +
                 pages((1 + n_actors + DEFINITION_SERVERS) * sizeof(layout_break), page);
    ret->n_logged = logged_operations(n_actors);
    ret->log = sizeof(struct layout_slot); /* whole cache lines */
    ret->notes = pages(ret->log + ret->n_logged * sizeof(struct layout_logged), page);
    ret->slot_stride = ret->notes + pages(ret->n_logged * sizeof(struct layout_note), page);
    ret->order = ret->slots + n_actors * ret->slot_stride;
    ret->size = ret->order + pages(sizeof(struct order), page);
}
