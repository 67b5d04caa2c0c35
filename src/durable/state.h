/* SPDX-License-Identifier: MIT
 * state.h: one state that a crash can leave: where it was, and what it took back.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_STATE_H
#define DURABLE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "durable/model.h"

/* Why a state was drawn, in the order in which they are. */
enum durable_recipe {
    DURABLE_ALL_KEPT,
    DURABLE_ONE_LATE,   /* a step is lost, those behind it are kept */
    DURABLE_ONE_GREW,   /* a file grew without the bytes of a step */
    DURABLE_FILE_LATE,  /* all data of a file is lost */
    DURABLE_FILE_GREW,  /* a file grew without its data */
    DURABLE_TORN_FIRST, /* the first write is torn */
    DURABLE_TORN_LAST,
    DURABLE_PREFIX,     /* steps are lost from the last one backwards */
    DURABLE_ONE_EARLY,  /* a step is kept, those before it are lost */
    DURABLE_NOTHING,    /* all that is not durable is lost */
    DURABLE_ONE_CLEARED, /* of a rename only the removal of what it replaces is kept */
    DURABLE_PAIR,       /* two steps are lost */
    DURABLE_RECIPES
};

struct durable_torn {
    uint64_t step, keep; /* keep: as image_apply() takes it */
};

struct durable_state {
    enum durable_model model;
    enum durable_recipe recipe;
    uint64_t point;            /* the first step that was not made */
    uint64_t witness;          /* the steps before it that the outside world has seen */
    uint64_t *lost;            /* steps, in their order */
    struct durable_torn *torn; /* in their order; they are not among `lost` */
    size_t n_lost, n_torn;
};

/* Returns the recipe in words. */
const char *durable_recipe_text(enum durable_recipe recipe);
/* Makes a state of its own of one that belongs to somebody else. -1: no memory. */
int durable_state_copy(struct durable_state *to, const struct durable_state *from);
void durable_state_free(struct durable_state *state);

#endif
