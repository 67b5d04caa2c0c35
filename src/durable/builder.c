/* SPDX-License-Identifier: MIT
 * builder.c: see builder.h.
 */
#include "durable/builder.h"

#include <stdlib.h>

struct durable_builder {
    const struct recording *recording;
    struct image *image; /* of all steps before `next` */
    uint64_t next;
};

struct durable_builder *durable_builder_new(const struct recording *recording)
{
    struct durable_builder *builder = calloc(1, sizeof *builder);
    if (builder)
        builder->recording = recording;
    return builder;
}

void durable_builder_free(struct durable_builder *builder)
{
    if (!builder)
        return;
    image_free(builder->image);
    free(builder);
}

/* Returns the first step that the state does not have, or has in part. */
static uint64_t first_loss(const struct durable_state *state)
{
    uint64_t first = state->point;
    if (state->n_lost > 0 && state->lost[0] < first)
        first = state->lost[0];
    if (state->n_torn > 0 && state->torn[0].step < first)
        first = state->torn[0].step;
    return first;
}

/* Brings the image to a step. */
static int go_to(struct durable_builder *builder, uint64_t step)
{
    if (!builder->image || builder->next > step) {
        image_free(builder->image);
        builder->image = image_new(builder->recording);
        builder->next = 0;
    }
    if (!builder->image)
        return -1;
    for (; builder->next < step; builder->next++)
        if (image_apply(builder->image, builder->next, IMAGE_ALL) < 0)
            return -1;
    return 0;
}

struct image *durable_builder_make(struct durable_builder *builder,
                                   const struct durable_state *state)
{
    uint64_t first = first_loss(state);
    size_t lost = 0, torn = 0;
    if (go_to(builder, first) < 0)
        return NULL;
    struct image *image = image_clone(builder->image);
    for (uint64_t i = first; image && i < state->point; i++) {
        uint64_t keep = IMAGE_ALL;
        if (lost < state->n_lost && state->lost[lost] == i) {
            lost++;
            continue;
        }
        if (torn < state->n_torn && state->torn[torn].step == i)
            keep = state->torn[torn++].keep;
        if (image_apply(image, i, keep) < 0) {
            image_free(image);
            image = NULL;
        }
    }
    return image;
}
