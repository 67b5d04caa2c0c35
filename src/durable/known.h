/* SPDX-License-Identifier: MIT
 * known.h: the states that have been met, each by its disk and its witness. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_KNOWN_H
#define DURABLE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "durable/model.h"
#include "image/image.h"

struct durable_known;

/* NULL: no memory. */
struct durable_known *durable_known_new(void);
/* NULL: does nothing. */
void durable_known_free(struct durable_known *known);
struct durable_met {
    uint64_t number;      /* of the distinct state, from 0 */
    bool is_new;          /* it was not met before */
    bool is_new_to_model; /* it was not met under this model */
};

/* Notes a disk, with the witness that has seen this number of steps, which was met under a model.
 * -1: no memory. */
int durable_known_meet(struct durable_known *known, struct image_hash disk, uint64_t witness,
                       enum durable_model model, struct durable_met *ret);
/* Notes what a kill leaves. Returns 1: it is new; 0: it is known; -1: no memory. *ret_number: which
 * of the distinct states it is. */
int durable_known_add(struct durable_known *known, struct image_hash disk, uint64_t witness,
                      uint64_t *ret_number);
uint64_t durable_known_count(const struct durable_known *known);

#endif
