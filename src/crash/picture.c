/* SPDX-License-Identifier: MIT
 * picture.c: see picture.h.
 */
#include "crash/picture.h"

#include "crash/loss.h"
#include "crash/recovery.h"
#include "format/format.h"

enum { LAST = 40, LOST = 40 }; /* the last steps, and lost ones before them, at most */

struct picture {
    const struct crash_source *source;
    const struct recording *steps;
    const struct durable_state *state;
    uint64_t step[LAST + LOST], since[LAST + LOST]; /* sorted; UINT64_MAX: it can be lost */
    size_t n;
};

static bool is_shown(const struct recording_step *step)
{
    return durable_changes(step) || step->kind == RECORDING_SYNC ||
           step->kind == RECORDING_SYNC_ALL ||
           (step->kind >= RECORDING_OUTPUT && step->kind <= RECORDING_END &&
            step->kind != RECORDING_MEMORY);
}

static bool is_lost(const struct picture *picture, uint64_t step)
{
    static const struct loss_set none = { .n = 0 };
    uint64_t keep;
    return loss_fate(picture->state, &none, step, &keep) >= LOSS_IS_LOST;
}

/* Chooses from the last step backwards, down to the tree as it was before. */
static void choose(struct picture *picture)
{
    uint64_t chosen[LAST + LOST];
    size_t n = 0;
    for (uint64_t i = picture->state->point; i-- > 0 && n < LAST + LOST;) {
        const struct recording_step *step = &picture->steps->steps[i];
        if (step->kind == RECORDING_READY)
            break;
        if (is_shown(step) && (n < LAST || is_lost(picture, i)))
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
    bool power = picture->state->model != DURABLE_PROCESS;
    const struct loss_set pending = { &number, !power || picture->since[i] == UINT64_MAX };
    enum loss_kind fate = loss_fate(picture->state, &pending, number, &keep);
    bool told = durable_changes(&picture->steps->steps[number]) || fate >= LOSS_IS_LOST;
    char text[LOSS_TEXT];
    json_t *one = json_object();
    member_count(&one, "step", number);
    member_text(&one, "fate", told ? fates[fate] : NULL);
    member_text(&one, "text", loss_step(picture->source, number, keep, text, sizeof text));
    if (told && fate == LOSS_IS_DURABLE)
        member_count(&one, "durable_at", picture->since[i]);
    else
        member_text(&one, "durable_at", NULL);
    return one;
}

json_t *picture_steps(const struct crash *crash, const struct crash_finding *finding)
{
    const struct crash_case *entry = &crash->cases[finding->first];
    const struct crash_source *source = recovery_source(crash, entry);
    struct picture picture = { .source = source, .steps = &source->steps,
                               .state = &entry->state };
    choose(&picture);
    if (durable_since(picture.steps, picture.state->model, picture.state->point, picture.step,
                      picture.n, picture.since) < 0)
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < picture.n; i++)
        member_append(&list, step_json(&picture, i));
    return list;
}
