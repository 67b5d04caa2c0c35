/* SPDX-License-Identifier: MIT
 * builder.c: see builder.h.
 */
#include "durable/builder.h"

#include <stdlib.h>

#include "durable/losses.h"

/* The way through the recording under a model. */
struct course {
    bool begun;
    struct pending pending;
    uint64_t next; /* the first step that was not made */
};

struct durable_builder {
    const struct recording *recording;
    uint64_t most, applied;
    struct course course[DURABLE_MODELS];
};

struct durable_builder *durable_builder_new(const struct recording *recording, uint64_t pending)
{
    struct durable_builder *builder = calloc(1, sizeof *builder);
    if (builder)
        *builder = (struct durable_builder){ .recording = recording, .most = pending };
    return builder;
}

static void leave(struct course *course)
{
    if (course->begun)
        pending_end(&course->pending);
    course->begun = false;
}

uint64_t durable_builder_applied(const struct durable_builder *builder)
{
    uint64_t applied = builder->applied;
    for (int model = 0; model < DURABLE_MODELS; model++)
        if (builder->course[model].begun)
            applied += builder->course[model].pending.applied;
    return applied;
}

void durable_builder_free(struct durable_builder *builder)
{
    for (int model = 0; builder && model < DURABLE_MODELS; model++)
        leave(&builder->course[model]);
    free(builder);
}

/* Brings the course of a model to a step. NULL: no memory. */
static const struct pending *go_to(struct durable_builder *builder, enum durable_model model,
                                   uint64_t step)
{
    struct course *course = &builder->course[model];
    if (course->begun && course->next > step)
        leave(course);
    if (!course->begun) {
        course->begun = true;
        course->next = 0;
        if (pending_begin(&course->pending, builder->recording, model, builder->most) < 0)
            return NULL;
    }
    for (; course->next < step; course->next++)
        if (pending_step(&course->pending, course->next) < 0)
            return NULL;
    return &course->pending;
}

/* Returns how much of a step the state has; 0: nothing, it is lost. `lost` and `torn` are the next
 * losses, which the steps pass by in their order. */
static uint64_t keep_of(const struct durable_state *state, uint64_t step, size_t *lost,
                        size_t *torn)
{
    while (*lost < state->n_lost && state->lost[*lost] < step)
        ++*lost;
    while (*torn < state->n_torn && state->torn[*torn].step < step)
        ++*torn;
    if (*lost < state->n_lost && state->lost[*lost] == step)
        return 0;
    return *torn < state->n_torn && state->torn[*torn].step == step ? state->torn[*torn].keep
                                                                    : IMAGE_ALL;
}

/* A kill can tear the last step, and what has followed it so far. */
static uint64_t end_of_whole(const struct durable_state *state)
{
    return state->model == DURABLE_PROCESS && state->n_torn > 0 ? state->torn[0].step
                                                                : state->point;
}

struct image *durable_builder_make(struct durable_builder *builder,
                                   const struct durable_state *state)
{
    size_t lost = 0, torn = 0;
    uint64_t end = end_of_whole(state);
    const struct pending *pending = go_to(builder, state->model, end);
    struct image *image = pending ? image_clone(pending->image) : NULL;
    bool failed = false;
    for (size_t i = 0; image && !failed && i < pending->n; i++) {
        uint64_t step = pending->entry[i].step, keep = keep_of(state, step, &lost, &torn);
        failed = keep > 0 && image_apply(image, step, keep) < 0;
        builder->applied++;
    }
    for (uint64_t step = end; image && !failed && step < state->point; step++)
        failed = image_apply(image, step, keep_of(state, step, &lost, &torn)) < 0;
    if (failed) {
        image_free(image);
        return NULL;
    }
    return image;
}

int durable_builder_pending(struct durable_builder *builder, enum durable_model model,
                            uint64_t point, uint64_t **ret, size_t *ret_n)
{
    const struct pending *pending = go_to(builder, model, point);
    const struct losses losses = { .pending = pending };
    *ret_n = 0;
    if (!pending)
        return -1;
    *ret = malloc((pending->n + 1) * sizeof **ret);
    for (size_t i = 0; *ret && i < pending->n; i++)
        if (losses_possible(&losses, i))
            (*ret)[(*ret_n)++] = pending->entry[i].step;
    return *ret ? 0 : -1;
}
