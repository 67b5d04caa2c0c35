/* SPDX-License-Identifier: MIT
 * picture.c: see picture.h.
 */
#include "crash/picture.h"

#include <stdlib.h>

#include "crash/loss.h"
#include "format/format.h"

enum { LAST = 40, LOST = 40 }; /* the last steps, and lost ones before them, at most */

struct picture {
    const struct recording *steps;
    const struct durable_state *state;
    struct loss_set set;
    uint64_t step[LAST + LOST], since[LAST + LOST]; /* sorted */
    size_t n;
};

/* Does the step change the disk? */
static bool changes(const struct recording_step *step)
{
    return step->kind >= RECORDING_LINK && step->kind <= RECORDING_MODE &&
           !(step->flags & RECORDING_OF_WITNESS);
}

static bool is_shown(const struct recording_step *step)
{
    return changes(step) || step->kind == RECORDING_SYNC || step->kind == RECORDING_SYNC_ALL ||
           (step->kind >= RECORDING_OUTPUT && step->kind <= RECORDING_END &&
            step->kind != RECORDING_MEMORY);
}

static enum loss_kind fate_of(const struct picture *picture, uint64_t step, uint64_t *ret_keep)
{
    enum loss_kind fate = loss_fate(picture->state, &picture->set, step, ret_keep);
    bool power = picture->state->model != DURABLE_PROCESS;
    return fate == LOSS_IS_DURABLE && !power ? LOSS_IS_KEPT : fate;
}

/* Chooses from the last step backwards, down to the tree as it was before. */
static void choose(struct picture *picture)
{
    uint64_t chosen[LAST + LOST], keep;
    size_t n = 0;
    for (uint64_t i = picture->state->point; i-- > 0 && n < LAST + LOST;) {
        const struct recording_step *step = &picture->steps->steps[i];
        if (step->kind == RECORDING_READY)
            break;
        if (is_shown(step) &&
            (n < LAST || (changes(step) && fate_of(picture, i, &keep) >= LOSS_IS_LOST)))
            chosen[n++] = i;
    }
    for (size_t i = 0; i < n; i++)
        picture->step[i] = chosen[n - 1 - i];
    picture->n = n;
}

static json_t *step_json(const struct picture *picture, size_t i)
{
    static const char *const fates[] = { [LOSS_IS_DURABLE] = "durable", [LOSS_IS_KEPT] = "kept",
                                         [LOSS_IS_LOST] = "lost", [LOSS_IS_TORN] = "torn" };
    uint64_t number = picture->step[i], keep;
    enum loss_kind fate = fate_of(picture, number, &keep);
    bool changed = changes(&picture->steps->steps[number]);
    char text[LOSS_TEXT];
    json_t *one = json_object();
    member_count(&one, "step", number);
    member_text(&one, "fate", changed ? fates[fate] : NULL);
    member_text(&one, "text", loss_step(picture->steps, number, keep, text, sizeof text));
    if (changed && fate == LOSS_IS_DURABLE && picture->since[i] != UINT64_MAX)
        member_count(&one, "durable_at", picture->since[i]);
    else
        member_text(&one, "durable_at", NULL);
    return one;
}

json_t *picture_steps(const struct crash *crash, const struct crash_finding *finding)
{
    struct picture picture = { .steps = &crash->steps,
                               .state = &crash->cases[finding->first].state };
    if (loss_of_state(picture.steps, picture.state, &picture.set) < 0)
        return NULL;
    choose(&picture);
    int result = durable_since(picture.steps, picture.state->model, picture.state->point,
                               picture.step, picture.n, picture.since);
    json_t *list = result == 0 ? json_array() : NULL;
    for (size_t i = 0; list && i < picture.n; i++)
        member_append(&list, step_json(&picture, i));
    free(picture.set.pending);
    return list;
}
