/* SPDX-License-Identifier: MIT
 * states.c: see states.h.
 */
#include "crash/states.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "crash/address.h"
#include "crash/part.h"
#include "crash/points.h"

/* ---- the recording ------------------------------------------------------------------------ */

/* The recorder's own word on whether the steps give the disk that was there. */
static void read_fidelity(struct crash *crash)
{
    char path[4300];
    char *why = crash->inexact;
    snprintf(path, sizeof path, "%s/fidelity", crash->recording);
    FILE *file = fopen(path, "re");
    bool read = file && fgets(why, sizeof crash->inexact, file);
    if (read && fgets(crash->outside, sizeof crash->outside, file))
        crash->outside[strcspn(crash->outside, "\n")] = '\0';
    if (file)
        fclose(file);
    if (!read)
        snprintf(why, sizeof crash->inexact, "the recorder died");
    why[strcspn(why, "\n")] = '\0';
    if (strcmp(why, "exact") == 0)
        *why = '\0';
}

void states_points(struct crash *crash)
{
    struct error error;
    read_fidelity(crash);
    if (recording_open(crash->recording, &crash->steps, &error) < 0) {
        snprintf(crash->inexact, sizeof crash->inexact, "%.500s", error.text);
        return;
    }
    uint64_t n = crash->steps.n_calls;
    for (uint64_t i = 0; i < n && i < crash->points->room; i++)
        crash->points->points[i] = crash->steps.calls[i].call;
    atomic_store(&crash->points->n, n);
}

/* ---- cases -------------------------------------------------------------------------------- */

/* A distinct state. */
struct planned {
    size_t first;    /* the first case with it; SIZE_MAX: none yet */
    bool ours;       /* it belongs to this shard, with all its cases */
    unsigned models; /* of its cases that are power cuts: a set */
};

/* The states on the way to the cases. */
struct plan {
    struct crash *crash;
    struct durable_known *known;
    struct durable_builder *builder;
    struct planned *planned;      /* by the number of a distinct state */
    size_t n_planned, room;
    const bool *chosen;           /* of the calls: those to kill at */
    const bool *left;             /* ... those that --path and the like leave */
    /* Of power cuts: their points, how many of them are wanted, and the one that is visited. */
    uint64_t points, wanted, nth, point;
    bool takes;
    uint32_t n_calls;             /* calls before the point of a power cut */
    uint32_t fault[DURABLE_MODELS]; /* of a power cut under each model */
};

/* Finds a distinct state; if it is new, `ours` says whether it belongs to this shard. NULL: no
 * memory. */
static struct planned *planned_of(struct plan *plan, uint64_t number, bool ours)
{
    if (number < plan->n_planned)
        return &plan->planned[number];
    if (plan->n_planned == plan->room) {
        size_t room = plan->room ? 2 * plan->room : 256;
        struct planned *more = realloc(plan->planned, room * sizeof *more);
        if (!more)
            return NULL;
        plan->planned = more;
        plan->room = room;
    }
    plan->planned[plan->n_planned] = (struct planned){ .first = SIZE_MAX, .ours = ours };
    return &plan->planned[plan->n_planned++];
}

/* Adds a case with this state, which it takes over. */
static int add(struct plan *plan, uint32_t point, uint32_t fault, uint64_t number,
               struct durable_state *state, struct error *error)
{
    struct crash *crash = plan->crash;
    size_t which = crash->n_cases;
    struct planned *planned = planned_of(plan, number, part_has_state(crash, point, state));
    part_count(crash, point, fault, state);
    if (planned && !planned->ours) {
        durable_state_free(state);
        return 0;
    }
    if (!planned || crash_add_case(crash, point, fault, error) < 0) {
        durable_state_free(state);
        return error_set(error, ENOMEM, "cannot plan the states");
    }
    if (planned->first == SIZE_MAX)
        planned->first = which;
    crash->cases[which].state = *state;
    crash->cases[which].same = planned->first;
    crash->distinct += planned->first == which;
    if (crash->faults[fault].power)
        planned->models |= 1u << crash->faults[fault].model;
    return 0;
}

/* ---- kills -------------------------------------------------------------------------------- */

static enum durable_kill kill_of(const struct crash_fault *fault)
{
    return fault->action == RULE_TORN         ? DURABLE_KILL_TORN
           : fault->action == RULE_KILL_AFTER ? DURABLE_KILL_AFTER : DURABLE_KILL_BEFORE;
}

static int add_kill(struct plan *plan, uint32_t point, uint32_t fault, struct error *error)
{
    struct crash *crash = plan->crash;
    struct durable_state state;
    struct image_hash hash;
    uint64_t number;
    int drawn = durable_kill(&crash->steps, point, kill_of(&crash->faults[fault]), &state);
    if (drawn == 0)
        return 0;
    struct image *image = drawn > 0 ? durable_builder_make(plan->builder, &state) : NULL;
    bool known = image && image_hash(image, &hash) == 0 &&
                 durable_known_add(plan->known, hash, state.witness, &number) >= 0;
    image_free(image);
    if (!known) {
        durable_state_free(&state);
        return error_set(error, ENOMEM, "cannot plan the states");
    }
    bool ours = part_has_state(crash, point, &state);
    crash->possible += ours;
    if (!crash->options->all && crash->n_whole >= CRASH_STATES) {
        crash->left_out += ours;
        durable_state_free(&state);
        return 0;
    }
    return add(plan, point, fault, number, &state, error);
}

static int plan_kills(struct plan *plan, struct error *error)
{
    struct crash *crash = plan->crash;
    for (uint32_t i = 0; i < crash->n_points; i++)
        for (uint32_t f = 0; f < crash->n_faults && plan->chosen[i]; f++)
            if (!crash->faults[f].power &&
                crash_fits(&crash->faults[f], &crash->points->points[i]) &&
                add_kill(plan, i, f, error) < 0)
                return -1;
    return 0;
}

/* ---- power cuts --------------------------------------------------------------------------- */

/* The call before which the power goes; the last one, at the end. */
static uint32_t call_at(struct plan *plan, uint64_t step)
{
    const struct recording *steps = &plan->crash->steps;
    while (plan->n_calls < steps->n_calls && steps->calls[plan->n_calls].first < step)
        plan->n_calls++;
    return plan->n_calls < steps->n_calls ? plan->n_calls : (uint32_t)steps->n_calls - 1;
}

/* Comes to the point of a state. Returns false if it is not to be tried: --path, --points. */
static bool comes_to(struct plan *plan, const struct durable_state *state)
{
    if (plan->nth > 0 && plan->point == state->point)
        return plan->takes;
    plan->point = state->point;
    plan->takes = plan->left[call_at(plan, state->point)];
    if (!plan->takes)
        return false;
    plan->nth++;
    if (plan->points > plan->wanted) /* evenly over the run */
        plan->takes = plan->nth * plan->wanted / plan->points !=
                      (plan->nth - 1) * plan->wanted / plan->points;
    return plan->takes;
}

static int count_point(void *user, const struct durable_state *state, const struct image *image,
                       uint64_t number, bool is_new)
{
    (void)image;
    (void)number;
    if (is_new)
        comes_to(user, state);
    return 0;
}

static int visit(void *user, const struct durable_state *state, const struct image *image,
                 uint64_t number, bool is_new)
{
    struct plan *plan = user;
    struct durable_state copy;
    struct error error;
    (void)image;
    uint32_t call = call_at(plan, state->point);
    bool ours = part_has_state(plan->crash, call, state);
    plan->crash->possible += ours;
    if (!is_new || !comes_to(plan, state)) /* not new: its model has it already */
        return 0;
    if (!plan->crash->options->all && plan->crash->n_whole >= CRASH_STATES) {
        plan->crash->left_out += ours;
        return 0;
    }
    if (durable_state_copy(&copy, state) < 0)
        return -1;
    return add(plan, call, plan->fault[state->model], number, &copy, &error);
}

/* With --points: how many points there are. */
static int count_points(struct plan *plan, unsigned models, const struct durable_limits *limits,
                        struct error *error)
{
    struct durable_known *known = durable_known_new();
    const struct options_number *points = &plan->crash->options->points;
    int result = known ? 0 : error_set(error, ENOMEM, "cannot plan the states");
    plan->wanted = UINT64_MAX;
    if (result == 0 && points->given)
        result = durable_enumerate(&plan->crash->steps, models, limits, known, count_point, plan,
                                   NULL, error);
    durable_known_free(known);
    plan->points = plan->nth;
    plan->nth = 0;
    plan->n_calls = 0;
    if (points->given)
        plan->wanted = points->value;
    return result;
}

static int plan_power(struct plan *plan, struct error *error)
{
    struct crash *crash = plan->crash;
    struct durable_count counts[DURABLE_MODELS] = { 0 };
    const uint64_t most = crash->options->all ? 0 : CRASH_AT_A_POINT;
    const struct durable_limits limits = { .at_a_point = most, .pending = most };
    unsigned models = crash->models & ~(1u << DURABLE_PROCESS);
    for (unsigned m = 0; m < DURABLE_MODELS; m++)
        if (models >> m & 1 &&
            crash_add_power(crash, (enum durable_model)m, &plan->fault[m], error) < 0)
            return -1;
    if (models == 0 || crash->steps.n_calls == 0)
        return 0;
    int result = count_points(plan, models, &limits, error);
    if (result == 0)
        result = durable_enumerate(&crash->steps, models, &limits, plan->known, visit, plan, counts,
                                   error);
    for (unsigned m = 0; m < DURABLE_MODELS && part_is_first(crash); m++)
        crash->left_out += counts[m].left_out + counts[m].settled;
    return result < 0 ? error_set(error, ENOMEM, "cannot plan the states") : 0;
}

int states_plan(struct crash *crash, struct error *error)
{
    bool *chosen = crash_chosen(crash), *left = crash_left(crash);
    struct plan plan = { .crash = crash, .known = durable_known_new(),
                         .builder = durable_builder_new(&crash->steps), .chosen = chosen,
                         .left = left };
    crash->ordinals = address_ordinals(crash->points->points, crash->n_points);
    bool complete = chosen && left && plan.known && plan.builder && crash->ordinals;
    int result = complete ? 0 : error_set(error, ENOMEM, "cannot plan the states");
    if (complete && crash->models & 1u << DURABLE_PROCESS)
        result = plan_kills(&plan, error);
    if (result == 0)
        result = plan_power(&plan, error);
    durable_builder_free(plan.builder);
    durable_known_free(plan.known);
    free(plan.planned);
    free(left);
    free(chosen);
    return result;
}

/* ---- in a worker --------------------------------------------------------------------------- */

/* A memory of the workload, as it was at a point. */
struct content {
    unsigned char *bytes; /* Owned */
    size_t size;
};

struct states_builder {
    const struct crash *crash;
    struct durable_builder *builder;
    struct content content[2]; /* as struct recording_step numbers them */
    uint64_t at;               /* the steps that it has */
};

struct states_builder *states_builder_new(const struct crash *crash)
{
    struct states_builder *builder = calloc(1, sizeof *builder);
    if (!builder)
        return NULL;
    builder->crash = crash;
    builder->builder = durable_builder_new(&crash->steps);
    if (!builder->builder) {
        free(builder);
        return NULL;
    }
    return builder;
}

void states_builder_free(struct states_builder *builder)
{
    if (!builder)
        return;
    durable_builder_free(builder->builder);
    for (int i = 0; i < 2; i++)
        free(builder->content[i].bytes);
    free(builder);
}

/* ---- memory of the workload ---------------------------------------------------------------- */

static int make_room(struct content *content, size_t size)
{
    if (size <= content->size)
        return 0;
    unsigned char *more = realloc(content->bytes, size);
    if (!more)
        return -1;
    memset(more + content->size, 0, size - content->size);
    content->bytes = more;
    content->size = size;
    return 0;
}

static void clear_content(struct states_builder *builder)
{
    for (int i = 0; i < 2; i++)
        if (builder->content[i].size > 0)
            memset(builder->content[i].bytes, 0, builder->content[i].size);
}

/* Brings the memory to a point; to an earlier one from the start. */
static int move_content(struct states_builder *builder, uint64_t point)
{
    const struct recording *steps = &builder->crash->steps;
    if (point < builder->at) {
        clear_content(builder);
        builder->at = 0;
    }
    for (; builder->at < point; builder->at++) {
        const struct recording_step *step = &steps->steps[builder->at];
        if (step->kind == RECORDING_BASE)
            clear_content(builder);
        if (step->kind != RECORDING_MEMORY)
            continue;
        struct content *content = &builder->content[step->node];
        if (make_room(content, (size_t)(step->offset + step->length)) < 0)
            return -1;
        memcpy(content->bytes + step->offset, steps->data + step->data, (size_t)step->length);
    }
    return 0;
}

int states_fill(struct states_builder *builder, size_t which, unsigned number, int fd,
                struct error *error)
{
    const struct content *content = &builder->content[number];
    if (move_content(builder, builder->crash->cases[which].state.point) < 0)
        return error_set(error, ENOMEM, "cannot build a state");
    for (size_t done = 0; done < content->size;) {
        ssize_t n = pwrite(fd, content->bytes + done, content->size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(error, errno, "cannot restore the memory of the workload");
        done += (size_t)n;
    }
    return 0;
}

static int build_root(const struct image *image, uint32_t root, const char *path,
                      struct error *error)
{
    int at FD_CLEANUP = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return error_set(error, errno, "cannot open %.500s", path);
    return image_build(image, root, at, NULL, error);
}

/* What the operations had printed before the point; a torn step prints a part. */
static int build_output(const struct recording *steps, const struct durable_state *state,
                        const char *path, struct error *error)
{
    int fd FD_CLEANUP = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return error_set(error, errno, "cannot open %.500s", path);
    for (uint64_t i = 0; i < state->point; i++) {
        const struct recording_step *step = &steps->steps[i];
        uint64_t n = step->length;
        if (step->kind != RECORDING_OUTPUT)
            continue;
        if (state->n_torn > 0 && state->torn[0].step == i && state->torn[0].keep < n)
            n = state->torn[0].keep;
        if (fd_write_all(fd, steps->data + step->data, (size_t)n) < 0)
            return error_set(error, errno, "cannot write %.500s", path);
    }
    return 0;
}

static uint32_t actor_number(const struct definition *definition, uint32_t type, uint32_t index)
{
    uint32_t number = index;
    for (uint32_t i = 0; i < type && i < definition->n_types; i++)
        number += definition->types[i].count;
    return number;
}

/* Which operation was under way at the point, or had ended last. */
static void describe(const struct recording *steps, const struct definition *definition,
                     uint64_t point, struct session_judge *ret)
{
    const struct recording_step *edge = recording_edge(steps, point);
    *ret = (struct session_judge){ .performing = true };
    if (!edge)
        return;
    ret->actor = actor_number(definition, edge->node, edge->other);
    ret->action = edge->mode;
    ret->operation = edge->offset;
    ret->performing = edge->kind == RECORDING_BEGIN;
    ret->status = edge->kind == RECORDING_END && edge->status > 0 ? edge->status : 0;
}

int states_build(struct states_builder *builder, size_t which, const struct session_place *place,
                 struct session_judge *ret, struct error *error)
{
    const struct crash *crash = builder->crash;
    const struct durable_state *state = &crash->cases[which].state;
    struct image *image = durable_builder_make(builder->builder, state);
    if (!image)
        return error_set(error, ENOMEM, "cannot build a state");
    int result = build_root(image, RECORDING_DISK, place->scratch->path, error);
    if (result == 0)
        result = build_root(image, RECORDING_WITNESS, place->scratch->witness, error);
    if (result == 0)
        result = build_output(&crash->steps, state, place->scratch->output, error);
    image_free(image);
    if (result == 0 && place->global >= 0)
        result = states_fill(builder, which, 0, place->global, error);
    describe(&crash->steps, &crash->definition, state->point, ret);
    return result;
}
