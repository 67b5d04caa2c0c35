/* SPDX-License-Identifier: MIT
 * layout.c: the arithmetic of the control memfd. Monitor and supervisor.
 */
#include "env/layout.h"

static uint64_t pages(uint64_t size, uint64_t page)
{
    return (size + page - 1) / page * page;
}

void layout_plan(uint32_t n_actors, uint64_t page, struct layout_plan *ret)
{
    ret->ledgers = pages(sizeof(struct layout_header), page);
    ret->servers = ret->ledgers + pages(n_actors * sizeof(struct layout_ledger), page);
    ret->breaks = ret->servers + pages(DEFINITION_SERVERS * sizeof(struct layout_server), page);
    ret->slots = ret->breaks +
                 pages((1 + n_actors + DEFINITION_SERVERS) * sizeof(layout_break), page);
    ret->slot_stride = pages(sizeof(struct layout_slot), page);
    ret->size = ret->slots + n_actors * ret->slot_stride;
}
