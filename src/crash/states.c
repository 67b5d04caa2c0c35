/* SPDX-License-Identifier: MIT
 * states.c: see states.h.
 */
#include "crash/states.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "crash/address.h"
#include "crash/moment.h"
#include "crash/part.h"
#include "crash/points.h"

/* ---- the recording ------------------------------------------------------------------------ */

void states_fidelity(const char *recording, char *why, size_t size, char *outside,
                     size_t outside_size)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/fidelity", recording);
    FILE *file = fopen(path, "re");
    bool read = file && fgets(why, (int)size, file);
    if (read)
        why[strcspn(why, "\n")] = '\0';
    if (read && strcmp(why, "exact") == 0)
        *why = '\0';
    if (read && fgets(outside, (int)outside_size, file))
        outside[strcspn(outside, "\n")] = '\0';
    if (!read)
        snprintf(why, size, "the recorder died");
    if (file)
        fclose(file);
}

struct share_points *states_calls(const struct recording *steps)
{
    struct share_points *points = crash_points_new(steps->n_calls);
    if (!points)
        return NULL;
    for (uint64_t i = 0; i < steps->n_calls; i++)
        points->points[i] = steps->calls[i].call;
    atomic_store(&points->n, steps->n_calls);
    return points;
}

void states_points(struct crash *crash)
{
    struct error error;
    states_fidelity(crash->recording, crash->inexact, sizeof crash->inexact, crash->outside,
                    sizeof crash->outside);
    if (recording_open(crash->recording, &crash->recorded.steps, &error) < 0) {
        snprintf(crash->inexact, sizeof crash->inexact, "%.500s", error.text);
        return;
    }
    struct share_points *points = states_calls(&crash->recorded.steps);
    if (!points) {
        snprintf(crash->inexact, sizeof crash->inexact, "no memory for %zu points",
                 crash->recorded.steps.n_calls);
        return;
    }
    crash_points_free(crash->points);
    crash->points = points;
}

/* ---- cases -------------------------------------------------------------------------------- */

enum { STATES_ENOUGH = 1 }; /* ends an enumeration */

/* A distinct state. */
struct planned {
    size_t first;    /* the first case with it; SIZE_MAX: none yet */
    bool has_case;   /* ... or one of another shard */
    bool ours;       /* it belongs to this shard, with all its cases */
    unsigned met;    /* models under which it was met at a point that is tried: a set */
};

/* The states on the way to the cases. */
struct plan {
    struct crash *crash;
    struct crash_recovery *recovery; /* whose states they are; NULL: of the run */
    const struct crash_source *source;
    uint64_t seen;                /* what the outside world had seen before the recording began */
    struct durable_known *known;
    struct durable_witness witness; /* of the last kill */
    struct planned *planned;      /* by the number of a distinct state */
    size_t n_planned, room;
    bool *chosen;                 /* of the calls: those to kill at */
    bool *left;                   /* ... those that --path and the like leave */
    /* Of power cuts: their points, how many of them are wanted, and the one that is visited. */
    uint64_t points, wanted, nth, point;
    bool takes;
    uint32_t n_calls;             /* calls before the point of a power cut */
    bool pairs;                   /* two steps are lost: what was met before does not count */
    uint32_t fault[DURABLE_MODELS]; /* of a power cut under each model */
};

/* Is there no time left to plan? Shares of a fleet must agree on the whole. */
static bool is_over(const struct crash *crash)
{
    cli_wait(NULL, 0, 0); /* lets signals come */
    return !shard_is(&crash->options->shard) &&
           (cli_stopped() || clock_now() >= crash->deadline_ns);
}

/* Finds a distinct state. Those that no point has which is tried have a number, too. NULL: no
 * memory. */
static struct planned *planned_of(struct plan *plan, uint64_t number)
{
    if (number >= plan->room) {
        size_t room = plan->room ? plan->room : 256;
        while (room <= number)
            room *= 2;
        struct planned *more = realloc(plan->planned, room * sizeof *more);
        if (!more)
            return NULL;
        plan->planned = more;
        plan->room = room;
    }
    for (; plan->n_planned <= number; plan->n_planned++)
        plan->planned[plan->n_planned] = (struct planned){ .first = SIZE_MAX };
    return &plan->planned[number];
}

/* Is there room for one more? */
static bool is_full(const struct plan *plan)
{
    const struct crash *crash = plan->crash;
    size_t n = plan->recovery ? crash->n_cases : crash->n_whole;
    return !crash->options->all && n >= CRASH_STATES;
}

/* The same for a state of a reset: what was met before is not judged again. */
static int add_in_reset(struct plan *plan, uint32_t call, uint32_t fault, uint64_t number,
                        struct durable_state *state, struct error *error)
{
    struct crash *crash = plan->crash;
    size_t which = crash->n_cases;
    struct planned *planned = planned_of(plan, number);
    bool known = planned && planned->has_case;
    if (known || !planned ||
        crash_add_in_reset(crash, plan->recovery, call, fault, error) < 0) {
        durable_state_free(state);
        return known ? 0 : error_set(error, ENOMEM, "cannot plan the states");
    }
    planned->has_case = true;
    crash->cases[which].state = *state;
    crash->distinct++;
    return 0;
}

/* Adds a case with this state, which it takes over. */
static int add(struct plan *plan, uint32_t point, uint32_t fault, uint64_t number,
               struct durable_state *state, struct error *error)
{
    struct crash *crash = plan->crash;
    size_t which = crash->n_cases;
    if (plan->recovery)
        return add_in_reset(plan, point, fault, number, state, error);
    struct planned *planned = planned_of(plan, number);
    if (planned && !planned->has_case)
        planned->ours = part_has_state(crash, point, state);
    if (planned)
        planned->has_case = true;
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
    int drawn = durable_kill(&plan->source->steps, point, kill_of(&crash->faults[fault]),
                             &plan->witness, &state);
    if (drawn == 0)
        return 0;
    struct image *image = drawn > 0 ? durable_builder_make(plan->source->builder, &state) : NULL;
    bool known = image && image_hash(image, &hash) == 0 &&
                 durable_known_add(plan->known, hash, plan->seen + state.witness, &number) >= 0;
    image_free(image);
    if (!known) {
        durable_state_free(&state);
        return error_set(error, ENOMEM, "cannot plan the states");
    }
    bool ours = part_has_state(plan->crash, point, &state);
    crash->possible += ours;
    if (is_full(plan)) {
        crash->left_out += ours;
        durable_state_free(&state);
        return 0;
    }
    return add(plan, point, fault, number, &state, error);
}

static int plan_kills(struct plan *plan, struct error *error)
{
    struct crash *crash = plan->crash;
    const struct recording *steps = &plan->source->steps;
    for (uint32_t i = 0; i < steps->n_calls && !is_over(crash); i++)
        for (uint32_t f = 0; f < crash->n_faults && plan->chosen[i]; f++)
            if (!crash->faults[f].power &&
                crash_fits(&crash->faults[f], &steps->calls[i].call) &&
                add_kill(plan, i, f, error) < 0)
                return -1;
    return 0;
}

/* ---- power cuts --------------------------------------------------------------------------- */

/* The call before which the power goes; the last one, at the end. */
static uint32_t call_at(struct plan *plan, uint64_t step)
{
    const struct recording *steps = &plan->source->steps;
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
    (void)is_new;
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
    plan->crash->possible += ours && (is_new || !plan->pairs);
    if (!comes_to(plan, state))
        return 0;
    struct planned *planned = planned_of(plan, number);
    if (!planned)
        return -1;
    if (is_over(plan->crash))
        return STATES_ENOUGH;
    if (planned->met >> state->model & 1)
        return 0; /* its model has it already, at an earlier point that is tried */
    planned->met |= 1u << state->model;
    if (plan->pairs && plan->crash->n_whole >= CRASH_STATES)
        return STATES_ENOUGH;
    if (is_full(plan)) {
        plan->crash->left_out += ours;
        return 0;
    }
    if (durable_state_copy(&copy, state) < 0)
        return -1;
    return add(plan, call, plan->fault[state->model], number, &copy, &error);
}

static void begin_again(struct plan *plan)
{
    plan->nth = 0;
    plan->n_calls = 0;
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
        result = durable_enumerate(&plan->source->steps, models, limits, known, count_point, plan,
                                   NULL, error);
    durable_known_free(known);
    plan->points = plan->nth;
    begin_again(plan);
    if (points->given)
        plan->wanted = points->value;
    return result;
}

static int add_powers(struct plan *plan, unsigned models, struct error *error)
{
    for (unsigned m = 0; m < DURABLE_MODELS; m++)
        if (models >> m & 1 &&
            crash_add_power(plan->crash, (enum durable_model)m, &plan->fault[m], error) < 0)
            return -1;
    return 0;
}

static int plan_power(struct plan *plan, unsigned models, struct error *error)
{
    struct crash *crash = plan->crash;
    struct durable_count counts[DURABLE_MODELS] = { 0 };
    const struct durable_limits limits = { .at_a_point = crash->pending, .witness = plan->seen,
                                           .pending = crash->pending };
    if (models == 0 || plan->source->steps.n_calls == 0)
        return 0;
    int result = count_points(plan, models, &limits, error);
    if (result == 0)
        result = durable_enumerate(&plan->source->steps, models, &limits, plan->known, visit, plan,
                                   counts, error);
    for (unsigned m = 0; m < DURABLE_MODELS && part_is_first(crash); m++)
        crash->left_out += counts[m].left_out + counts[m].settled;
    return result < 0 ? error_set(error, ENOMEM, "cannot plan the states") : 0;
}

int states_plan(struct crash *crash, struct error *error)
{
    struct plan *plan = crash->plan = calloc(1, sizeof *plan);
    if (!plan)
        return error_set(error, ENOMEM, "cannot plan the states");
    const struct share_call *calls = crash->points->points;
    uint32_t n = crash->n_points;
    unsigned powers = crash->models & ~(1u << DURABLE_PROCESS);
    *plan = (struct plan){ .crash = crash, .source = &crash->recorded,
                           .known = durable_known_new(),
                           .chosen = crash_chosen(crash, calls, n),
                           .left = crash_left(crash, calls, n) };
    crash->pending = crash->options->all ? 0 : CRASH_AT_A_POINT;
    crash->recorded.builder = durable_builder_new(&crash->recorded.steps, crash->pending);
    crash->ordinals = address_ordinals(crash->points->points, crash->n_points);
    bool complete = plan->chosen && plan->left && plan->known && crash->recorded.builder &&
                    crash->ordinals;
    int result = complete ? 0 : error_set(error, ENOMEM, "cannot plan the states");
    if (complete && crash->models & 1u << DURABLE_PROCESS)
        result = plan_kills(plan, error);
    if (result == 0)
        result = add_powers(plan, powers, error);
    return result == 0 ? plan_power(plan, powers, error) : result;
}

/* Which of the reset's calls are to be points. */
static int choose_in_reset(struct plan *plan)
{
    const struct share_points *points = plan->recovery->points;
    uint32_t n = (uint32_t)plan->source->steps.n_calls;
    free(plan->chosen);
    free(plan->left);
    plan->chosen = crash_chosen(plan->crash, points->points, n);
    plan->left = crash_left(plan->crash, points->points, n);
    return plan->chosen && plan->left ? 0 : -1;
}

int states_plan_reset(struct crash *crash, struct crash_recovery *recovery, unsigned models,
                      struct error *error)
{
    struct plan *plan = crash->plan;
    plan->recovery = recovery;
    plan->source = &recovery->source;
    plan->witness = (struct durable_witness){ 0 };
    plan->seen = crash->cases[recovery->after].state.witness;
    plan->pairs = false;
    begin_again(plan);
    int result = choose_in_reset(plan) < 0
                     ? error_set(error, ENOMEM, "cannot plan the states of a reset") : 0;
    if (result == 0 && models & 1u << DURABLE_PROCESS)
        result = plan_kills(plan, error);
    if (result == 0)
        result = plan_power(plan, models & ~(1u << DURABLE_PROCESS), error);
    return result;
}

int states_plan_pairs(struct crash *crash, uint64_t at_a_point, bool *ret_more,
                      struct error *error)
{
    struct plan *plan = crash->plan;
    struct durable_count counts[DURABLE_MODELS] = { 0 };
    const struct durable_limits limits = { .at_a_point = at_a_point, .pending = crash->pending,
                                           .pairs = true };
    unsigned models = crash->models & ~(1u << DURABLE_PROCESS);
    *ret_more = false;
    if (models == 0 || crash->recorded.steps.n_calls == 0)
        return 0;
    plan->pairs = true;
    begin_again(plan);
    int result = durable_enumerate(&crash->recorded.steps, models, &limits, plan->known, visit,
                                   plan, counts, error);
    for (unsigned m = 0; m < DURABLE_MODELS && result == 0; m++)
        *ret_more = *ret_more || counts[m].left_out > 0;
    return result < 0 ? error_set(error, ENOMEM, "cannot plan the states") : 0;
}

void states_free(struct crash *crash)
{
    struct plan *plan = crash->plan;
    if (!plan)
        return;
    durable_known_free(plan->known);
    free(plan->planned);
    free(plan->left);
    free(plan->chosen);
    free(plan);
}

/* ---- in a worker --------------------------------------------------------------------------- */

struct states_builder {
    const struct crash *crash;
    struct durable_builder *disks;
    const struct crash_recovery *recovery; /* the last one; NULL: there was none */
    struct durable_builder *resets;        /* of it */
    struct moment *moment;
};

struct states_builder *states_builder_new(const struct crash *crash)
{
    struct states_builder *builder = calloc(1, sizeof *builder);
    if (!builder)
        return NULL;
    builder->crash = crash;
    builder->disks = durable_builder_new(&crash->recorded.steps, crash->pending);
    builder->moment = moment_new(&crash->recorded.steps);
    if (builder->disks && builder->moment)
        return builder;
    states_builder_free(builder);
    return NULL;
}

void states_builder_free(struct states_builder *builder)
{
    if (!builder)
        return;
    durable_builder_free(builder->disks);
    durable_builder_free(builder->resets);
    moment_free(builder->moment);
    free(builder);
}

/* Where the run was that a case is about: what a reset does is behind it. */
static const struct durable_state *state_of_run(const struct crash *crash,
                                                      const struct crash_case *entry)
{
    return entry->recovery ? &crash->cases[entry->recovery->after].state : &entry->state;
}

static int go_to(struct states_builder *builder, const struct durable_state *state,
                 struct error *error)
{
    return moment_go(builder->moment, state->point) < 0
               ? error_set(error, ENOMEM, "cannot build a state") : 0;
}

int states_fill(struct states_builder *builder, size_t which, unsigned number, int fd,
                struct error *error)
{
    const struct crash *crash = builder->crash;
    if (go_to(builder, state_of_run(crash, &crash->cases[which]), error) < 0)
        return -1;
    return moment_fill(builder->moment, number, fd, error);
}

const struct recording_step *states_edge(const struct states_builder *builder)
{
    return moment_edge(builder->moment);
}

static int build_root(const struct image *image, uint32_t root, const char *path,
                      struct error *error)
{
    int at FD_CLEANUP = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return error_set(error, errno, "cannot open %.500s", path);
    return image_build(image, root, at, NULL, error);
}

/* The builder that follows the recording of the state. NULL: no memory. */
static struct durable_builder *builder_for(struct states_builder *builder,
                                           const struct crash_case *entry)
{
    if (!entry->recovery)
        return builder->disks;
    if (entry->recovery != builder->recovery) {
        durable_builder_free(builder->resets);
        builder->resets = durable_builder_new(&entry->recovery->source.steps,
                                              builder->crash->pending);
        builder->recovery = entry->recovery;
    }
    return builder->resets;
}

static int build_disk(struct states_builder *builder, const struct crash_case *entry,
                      const struct scratch *scratch, struct error *error)
{
    struct durable_builder *disks = builder_for(builder, entry);
    struct image *image = disks ? durable_builder_make(disks, &entry->state) : NULL;
    if (!image)
        return error_set(error, ENOMEM, "cannot build a state");
    int result = build_root(image, RECORDING_DISK, scratch->path, error);
    if (result == 0)
        result = build_root(image, RECORDING_WITNESS, scratch->witness, error);
    image_free(image);
    return result;
}

static uint32_t actor_number(const struct definition *definition, uint32_t type, uint32_t index)
{
    uint32_t number = index;
    for (uint32_t i = 0; i < type && i < definition->n_types; i++)
        number += definition->types[i].count;
    return number;
}

/* Which operation was under way at the point, or had ended last; with servers there may be none. */
static void describe(const struct recording_step *edge, const struct definition *definition,
                     struct session_judge *ret)
{
    *ret = (struct session_judge){ .operation = RULE_ANY };
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
    const struct crash_case *entry = &crash->cases[which];
    const struct durable_state *state = state_of_run(crash, entry);
    if (build_disk(builder, entry, place->scratch, error) < 0 ||
        go_to(builder, state, error) < 0 ||
        moment_output(builder->moment, state, place->scratch->output, error) < 0 ||
        (place->global >= 0 && moment_fill(builder->moment, 0, place->global, error) < 0))
        return -1;
    describe(moment_edge(builder->moment), &crash->definition, ret);
    return 0;
}
