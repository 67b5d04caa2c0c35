/* SPDX-License-Identifier: MIT
 * order.h: the order of operations, a list in the control memory.
 *
 *     a free run     the merged logs of all actors, appended for each finding
 *     a serial run   each operation, appended when it is let go
 *     a replay       the whole list, which the monitor makes before the run
 *
 * The supervisor writes the list (in a replay only `at` and the flags) and the monitor reads it.
 * Entry number n, from 0, lies at n % ORDER_ROOM. Not async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef MEMORY_ORDER_H
#define MEMORY_ORDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "memory/control.h"

/* A part of the list. */
struct order_range {
    uint64_t begin, end;
    uint64_t cut;      /* operations before it that are lost */
    uint64_t since_ns; /* when it began; 0: with the run */
    uint32_t reset;    /* 1: a reset followed */
    uint32_t known;    /* 0: the supervisor did not report it */
};

/* Appends one entry. Supervisor only. */
void order_append(struct order *order, const struct order_entry *entry);
/* Merges the logs of this generation by the start of the operations, appends the last ORDER_MERGED
 * at most, and sets *ret to them. Appends nothing if memory runs out. Supervisor only. */
void order_merge(const struct control *control, uint64_t now_ns, struct order_range *ret);
/* Merges them into ret[0 .. ORDER_MERGED) instead and sets *ret_cut to the number of operations
 * left out. The monitor does this after the supervisor has died. Returns the number of entries. */
uint64_t order_collect(const struct control *control, uint64_t now_ns, struct order_entry *ret,
                       uint64_t *ret_cut);
/* Copies one entry. Returns false if a later one has overwritten it. */
bool order_read(const struct order *order, uint64_t number, struct order_entry *ret);

#endif
