/* SPDX-License-Identifier: MIT
 * draw.h: draws the losses to try at a point: the fewest first, so that the first state that is bad
 * is already a small one. Their number is linear in what is pending; with pairs it is quadratic.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_DRAW_H
#define DURABLE_DRAW_H

#include "durable/losses.h"
#include "durable/state.h"

struct draw {
    struct losses losses;
    size_t *entry;            /* those of the pending steps that can be lost */
    size_t n, room;
    enum durable_recipe recipe;
    uint64_t which;           /* the next one of this recipe */
    bool pairs;               /* only pairs are drawn */
};

/* Returns 0, or -1: no memory. draw_end() frees what it needs. */
int draw_begin(struct draw *draw, const struct pending *pending, bool pairs);
void draw_end(struct draw *draw);
/* Begins anew with what is pending now. -1: no memory. */
int draw_point(struct draw *draw);
/* Draws the next losses, closed under the model. Returns 1, 0: there are no more, -1: no memory. */
int draw_next(struct draw *draw);
/* Returns how many draws are left, at most. */
uint64_t draw_left(const struct draw *draw);

#endif
