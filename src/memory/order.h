/* SPDX-License-Identifier: MIT
 * order.h: the order in which operations were, or are to be, performed: a list in the control
 * memory.
 *
 *     a free run     what was merged from the logs of all actors, for one finding after the other
 *     a serial run   each operation as it is let go
 *     a replay       the whole list, made by the monitor before the run
 *
 * The supervisor writes it (of a replay only `at` and the flags); the monitor reads it. Entries are
 * numbered from 0 and lie at their number % ORDER_ROOM. Not async-signal-safe.
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
    uint32_t known;    /* 0: the supervisor did not say */
};

/* Supervisor. */
void order_append(struct order *order, const struct order_entry *entry);
/* Merges the logs of this generation behind the list: the last ORDER_MERGED operations at
 * most, by their start. */
void order_merge(const struct control *control, uint64_t now_ns, struct order_range *ret);
/* The same into memory of the caller's, for ORDER_MERGED: the monitor, when there is nobody else.
 */
uint64_t order_collect(const struct control *control, uint64_t now_ns, struct order_entry *ret,
                       uint64_t *ret_cut);
/* Monitor: copies one; false: it is lost by now. */
bool order_read(const struct order *order, uint64_t number, struct order_entry *ret);

#endif
