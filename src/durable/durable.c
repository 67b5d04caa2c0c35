/* SPDX-License-Identifier: MIT
 * durable.c: see durable.h.
 */
#include "durable/durable.h"

#include <errno.h>
#include <stdlib.h>

#include "durable/draw.h"
#include "durable/step.h"

/* ---- processes are killed ----------------------------------------------------------------- */

static bool moves_bytes(const struct recording_step *step)
{
    return step->kind == RECORDING_WRITE || step->kind == RECORDING_OUTPUT;
}

static uint64_t move_witness(const struct recording *recording, struct durable_witness *witness,
                             uint64_t step)
{
    while (witness->step < step)
        witness->n += step_is_witness(&recording->steps[witness->step++]);
    while (witness->step > step)
        witness->n -= step_is_witness(&recording->steps[--witness->step]);
    return witness->n;
}

/* Tears the write of the call in which half of its bytes are reached. */
static int tear(const struct recording *recording, const struct recording_call *call,
                struct durable_state *state)
{
    uint64_t whole = 0, end = call->first + call->n_steps;
    for (uint64_t i = call->first; i < end; i++)
        if (moves_bytes(&recording->steps[i]))
            whole += recording->steps[i].length;
    uint64_t rest = whole > 1 ? whole / 2 : whole, i = call->first;
    for (; i < end && rest > 0; i++) {
        if (!moves_bytes(&recording->steps[i]))
            continue;
        if (recording->steps[i].length > rest)
            break;
        rest -= recording->steps[i].length;
    }
    state->point = i;
    if (rest == 0)
        return whole > 0;
    state->torn = malloc(sizeof *state->torn);
    if (!state->torn)
        return -1;
    state->torn[0] = (struct durable_torn){ i, rest };
    state->n_torn = 1;
    state->point = i + 1;
    return 1;
}

int durable_kill(const struct recording *recording, uint32_t number, enum durable_kill kill,
                 struct durable_witness *witness, struct durable_state *ret)
{
    const struct recording_call *call = &recording->calls[number];
    int result = 1;
    *ret = (struct durable_state){ .model = DURABLE_PROCESS, .point = call->first };
    if (kill == DURABLE_KILL_AFTER)
        ret->point += call->n_steps;
    if (kill == DURABLE_KILL_TORN)
        result = tear(recording, call, ret);
    ret->witness = move_witness(recording, witness, ret->point);
    return result;
}

/* ---- the power goes ----------------------------------------------------------------------- */

/* One model on its way through the recording. */
struct course {
    struct pending pending;
    struct draw draw;
    struct durable_state state;
    size_t room;                   /* of the state's lists */
    uint64_t changes, witness;     /* as they were at the point before */
    bool begun, met;               /* met: there was a point */
    struct durable_count count;
};

struct enumeration {
    const struct recording *recording;
    const struct durable_limits *limits;
    struct durable_known *known;
    durable_visit visit;
    void *context;
    uint64_t witness;
    bool paused;                   /* hooks run */
    struct course course[DURABLE_MODELS];
};

enum { NO_MEMORY = INT32_MIN }; /* a visit does not return it */

static int make_room(struct course *course)
{
    struct durable_state *state = &course->state;
    if (course->pending.n <= course->room && state->lost)
        return 0;
    course->room = course->pending.n * 2 + 1;
    uint64_t *lost = realloc(state->lost, course->room * sizeof *lost);
    if (lost)
        state->lost = lost;
    struct durable_torn *torn = realloc(state->torn, course->room * sizeof *torn);
    if (torn)
        state->torn = torn;
    return lost && torn ? 0 : -1;
}

/* Writes the losses that were drawn into the state. */
static void describe(struct course *course, enum durable_recipe recipe)
{
    struct durable_state *state = &course->state;
    const struct losses *losses = &course->draw.losses;
    state->recipe = recipe;
    state->n_lost = state->n_torn = 0;
    for (size_t i = 0; i < course->pending.n; i++) {
        uint64_t step = course->pending.entry[i].step;
        if (losses->fate[i] == LOSSES_LOST)
            state->lost[state->n_lost++] = step;
        else if (losses->fate[i] != LOSSES_KEPT)
            state->torn[state->n_torn++] = (struct durable_torn){
                step, losses_kept(losses, i) };
    }
}

/* Makes the disk of the losses that were drawn, and hands it over. */
static int hand_over(struct enumeration *enumeration, struct course *course)
{
    struct image *image = image_clone(course->pending.image);
    struct image_hash hash;
    struct durable_met met;
    int result = NO_MEMORY;
    if (image && losses_apply(&course->draw.losses, image, &course->count.applied) == 0 &&
        image_hash(image, &hash) == 0 &&
        durable_known_meet(enumeration->known, hash,
                           enumeration->limits->witness + enumeration->witness,
                           course->state.model, &met) == 0) {
        describe(course, course->draw.recipe);
        course->count.possible++;
        course->count.distinct += met.is_new_to_model;
        result = enumeration->visit(enumeration->context, &course->state, image, met.number,
                                    met.is_new_to_model);
    }
    image_free(image);
    return result;
}

static bool is_new_point(const struct enumeration *enumeration, const struct course *course)
{
    return !course->met || course->changes != course->pending.changes ||
           course->witness != enumeration->witness;
}

static int visit_point(struct enumeration *enumeration, struct course *course, uint64_t point)
{
    uint64_t drawn = 0, most = enumeration->limits->at_a_point;
    int more = 1, result = 0;
    course->count.points++;
    if (!is_new_point(enumeration, course))
        return 0;
    course->met = true;
    course->changes = course->pending.changes;
    course->witness = enumeration->witness;
    course->state.point = point;
    course->state.witness = enumeration->witness;
    if (make_room(course) < 0 || draw_point(&course->draw) < 0)
        return NO_MEMORY;
    while (result == 0 && (most == 0 || drawn < most) && (more = draw_next(&course->draw)) > 0) {
        result = hand_over(enumeration, course);
        drawn++;
    }
    if (more > 0)
        course->count.left_out += draw_left(&course->draw);
    return more < 0 ? NO_MEMORY : result;
}

/* Is there a point before this step? */
static bool is_point(const struct recording_step *step)
{
    return step_is_barrier(step) || step->kind == RECORDING_PAUSE ||
           (step_is_witness(step) && step->kind != RECORDING_MEMORY);
}

/* What can be lost only grows between such points. */
static bool visits(const struct course *course, const struct recording_step *step)
{
    return !course->pending.in_base && (!step || is_point(step));
}

/* Notes whether hooks run behind a step. Returns whether they run before it; nothing has happened
 * before the first one. */
static bool pauses(struct enumeration *enumeration, const struct recording_step *step, uint64_t i)
{
    bool before = enumeration->paused;
    if (step && step->kind == RECORDING_PAUSE)
        enumeration->paused = true;
    if (step && step->kind == RECORDING_RESUME)
        enumeration->paused = false;
    return before || (i == 0 && enumeration->paused);
}

/* All models come to a step: they visit the point before it, and make it. */
static int come_to(struct enumeration *enumeration, uint64_t i)
{
    const struct recording *recording = enumeration->recording;
    bool is_end = i == recording->n_steps;
    const struct recording_step *step = is_end ? NULL : &recording->steps[i];
    bool paused = pauses(enumeration, step, i);
    for (int model = 0; model < DURABLE_MODELS; model++) {
        struct course *course = &enumeration->course[model];
        if (!course->begun)
            continue;
        int result = !paused && visits(course, step) ? visit_point(enumeration, course, i) : 0;
        if (result == 0 && !is_end && pending_step(&course->pending, i) < 0)
            result = NO_MEMORY;
        if (result != 0)
            return result;
    }
    if (step)
        enumeration->witness += step_is_witness(step);
    return 0;
}

static int begin(struct enumeration *enumeration, unsigned models)
{
    for (unsigned model = 0; model < DURABLE_MODELS; model++) {
        struct course *course = &enumeration->course[model];
        if (!(models >> model & 1))
            continue;
        course->begun = true;
        course->state.model = (enum durable_model)model;
        if (pending_begin(&course->pending, enumeration->recording, course->state.model,
                          enumeration->limits->pending) < 0 ||
            draw_begin(&course->draw, &course->pending, enumeration->limits->pairs) < 0)
            return NO_MEMORY;
    }
    return 0;
}

static void end(struct enumeration *enumeration, struct durable_count *counts)
{
    for (int model = 0; model < DURABLE_MODELS; model++) {
        struct course *course = &enumeration->course[model];
        course->count.applied += course->pending.applied;
        course->count.settled = course->pending.settled;
        if (counts)
            counts[model] = course->count;
        if (!course->begun)
            continue;
        draw_end(&course->draw);
        pending_end(&course->pending);
        durable_state_free(&course->state);
    }
}

int durable_enumerate(const struct recording *recording, unsigned models,
                      const struct durable_limits *limits, struct durable_known *known,
                      durable_visit visit, void *context,
                      struct durable_count counts[DURABLE_MODELS], struct error *error)
{
    struct enumeration enumeration = { .recording = recording, .limits = limits, .known = known,
                                       .visit = visit, .context = context };
    int result = begin(&enumeration, models);
    for (uint64_t i = 0; result == 0 && i <= recording->n_steps; i++)
        result = come_to(&enumeration, i);
    end(&enumeration, counts);
    return result == NO_MEMORY ? error_set(error, ENOMEM, "cannot draw the states of a crash")
                               : result;
}

/* ---- what a state says -------------------------------------------------------------------- */

/* Follows the steps to a point, with a SYNC before step `before`. */
static int follow(struct pending *pending, uint64_t point, const struct recording_step *sync,
                  uint64_t before)
{
    for (uint64_t i = 0; i < point; i++)
        if ((i == before && pending_sync(pending, sync) < 0) ||
            pending_step(pending, i) < 0)
            return -1;
    return 0;
}

/* Notes which of the listed steps can no longer be lost, now that step `now` was made. */
static void note_durable(const struct pending *pending, uint64_t now, const uint64_t *steps,
                         size_t n, uint64_t *ret)
{
    size_t at = 0;
    for (size_t i = 0; i < n && steps[i] <= now; i++) {
        while (at < pending->n && pending->entry[at].step < steps[i])
            at++;
        if (ret[i] == UINT64_MAX &&
            (at == pending->n || pending->entry[at].step != steps[i] || pending->entry[at].durable))
            ret[i] = now;
    }
}

bool durable_changes(const struct recording_step *step)
{
    return (step_is_data(step) || step_is_metadata(step)) &&
           !(step->flags & RECORDING_OF_WITNESS);
}

int durable_since(const struct recording *recording, enum durable_model model, uint64_t point,
                  const uint64_t *steps, size_t n, uint64_t *ret)
{
    struct pending pending;
    int result = pending_begin(&pending, recording, model, 0);
    for (size_t i = 0; i < n; i++)
        ret[i] = UINT64_MAX;
    for (uint64_t i = 0; result == 0 && i < point; i++) {
        result = pending_step(&pending, i);
        if (result == 0 && (step_is_barrier(&recording->steps[i]) || i == point - 1))
            note_durable(&pending, i, steps, n, ret);
    }
    pending_end(&pending);
    return result;
}

/* Takes the losses of a state back. Returns false if one of them is durable. */
static bool take_back(struct losses *losses, const struct durable_state *state)
{
    size_t lost = 0, torn = 0;
    for (size_t i = 0; i < losses->pending->n; i++) {
        uint64_t step = losses->pending->entry[i].step;
        if (!losses_possible(losses, i))
            continue;
        if (lost < state->n_lost && state->lost[lost] == step) {
            losses->fate[i] = LOSSES_LOST;
            lost++;
        } else if (torn < state->n_torn && state->torn[torn].step == step) {
            losses->keep[i] = state->torn[torn].keep;
            losses->fate[i] = (uint8_t)losses_fate_of(losses->keep[i]);
            torn++;
        }
    }
    return lost == state->n_lost && torn == state->n_torn;
}

int durable_possible(const struct recording *recording, const struct durable_state *state,
                     uint32_t node, uint64_t step)
{
    struct recording_step sync = { .kind = RECORDING_SYNC, .node = node, .other = RECORDING_NONE };
    struct pending pending;
    struct losses losses = { .pending = NULL };
    int result = pending_begin(&pending, recording, state->model, 0);
    if (result == 0)
        result = follow(&pending, state->point, &sync, step);
    if (result == 0)
        result = losses_begin(&losses, &pending);
    if (result == 0)
        result = losses_none(&losses);
    if (result == 0)
        result = take_back(&losses, state) && losses_are_closed(&losses);
    losses_end(&losses);
    pending_end(&pending);
    return result;
}
