/* SPDX-License-Identifier: MIT
 * state.c: see state.h.
 */
#include "durable/state.h"

#include <stdlib.h>
#include <string.h>

static const char *const texts[DURABLE_RECIPES] = {
    [DURABLE_ALL_KEPT] = "all steps are kept",
    [DURABLE_ONE_LATE] = "one step is late",
    [DURABLE_ONE_GREW] = "a file grew without the bytes of one step",
    [DURABLE_FILE_LATE] = "all data of one file is late",
    [DURABLE_FILE_GREW] = "a file grew without its data",
    [DURABLE_TORN_FIRST] = "the first write is torn",
    [DURABLE_TORN_LAST] = "the last write is torn",
    [DURABLE_PREFIX] = "the last steps are late",
    [DURABLE_ONE_EARLY] = "one step is early",
    [DURABLE_NOTHING] = "only what is durable is kept",
    [DURABLE_ONE_CLEARED] = "a file is gone for a rename that is late",
    [DURABLE_PAIR] = "two steps are late",
};

const char *durable_recipe_text(enum durable_recipe recipe)
{
    return texts[recipe];
}

int durable_state_copy(struct durable_state *to, const struct durable_state *from)
{
    *to = *from;
    to->lost = malloc((from->n_lost + 1) * sizeof *to->lost);
    to->torn = malloc((from->n_torn + 1) * sizeof *to->torn);
    if (!to->lost || !to->torn) {
        durable_state_free(to);
        return -1;
    }
    if (from->n_lost > 0)
        memcpy(to->lost, from->lost, from->n_lost * sizeof *to->lost);
    if (from->n_torn > 0)
        memcpy(to->torn, from->torn, from->n_torn * sizeof *to->torn);
    return 0;
}

void durable_state_free(struct durable_state *state)
{
    free(state->lost);
    free(state->torn);
    state->lost = NULL;
    state->torn = NULL;
    state->n_lost = state->n_torn = 0;
}
