/* SPDX-License-Identifier: MIT
 * repair.c: see repair.h.
 */
#include "crash/repair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash/loss.h"
#include "crash/recovery.h"

enum { CANDIDATES = 32, CASES = 256 /* of a finding, to try a barrier on */ };

/* An fsync of what was lost, before the step that was kept, or else before the next step of a kind
 * that a call of this number takes. */
struct barrier {
    bool at_kept;
    int kind;   /* -1: at the point itself */
    int number; /* -1: no call took it */
};

/* The cases of a finding, at most CASES of them, what each lost first (of the file that the finding
 * is about if it lost that, too), and what it kept behind it. */
struct sample {
    const struct durable_state *states[CASES];
    uint64_t lost[CASES], kept[CASES];
    size_t n;
};

/* The node whose fsync makes a step durable. */
static uint32_t node_of(const struct recording_step *step)
{
    switch ((enum recording_kind)step->kind) {
    case RECORDING_LINK:
    case RECORDING_UNLINK:
        return step->dir;
    case RECORDING_RENAME:
    case RECORDING_EXCHANGE:
        return step->dir2;
    default:
        return step->node;
    }
}

/* The first loss of a state that an fsync of this node makes durable; UINT64_MAX: there is none. */
static uint64_t first_of(const struct recording *steps, const struct durable_state *state,
                         uint32_t node)
{
    uint64_t first = UINT64_MAX;
    for (size_t i = state->n_lost; i-- > 0;)
        if (node_of(&steps->steps[state->lost[i]]) == node)
            first = state->lost[i];
    for (size_t i = state->n_torn; i-- > 0;)
        if (node_of(&steps->steps[state->torn[i].step]) == node && state->torn[i].step < first)
            first = state->torn[i].step;
    return first;
}

static int take_sample(const struct crash *crash, size_t finding, struct sample *ret)
{
    const struct crash_case *shown = &crash->cases[crash->findings[finding].first];
    const struct crash_source *source = recovery_source(crash, shown);
    const uint32_t about = node_of(&source->steps.steps[crash->findings[finding].lost]);
    ret->n = 0;
    for (size_t i = 0; i < crash->n_cases && ret->n < CASES; i++) {
        const struct crash_case *entry = &crash->cases[i];
        struct loss_set set;
        if (entry->verdict != CRASH_FINDING || entry->finding != finding || entry->same != i ||
            entry->recovery != shown->recovery)
            continue;
        if (loss_of_state(source, &entry->state, &set) < 0)
            return -1;
        loss_ends(&source->steps, &entry->state, &set, &ret->lost[ret->n], &ret->kept[ret->n]);
        free(set.pending);
        ret->states[ret->n] = &entry->state;
        uint64_t first = first_of(&source->steps, &entry->state, about);
        if (first != UINT64_MAX)
            ret->lost[ret->n] = first;
        ret->n += ret->lost[ret->n] != UINT64_MAX;
    }
    return 0;
}

static bool is_marked(const struct recording_step *step)
{
    return step->kind == RECORDING_OUTPUT || step->kind == RECORDING_END ||
           (step->flags & RECORDING_OF_WITNESS) != 0;
}

static struct barrier barrier_at(const struct recording *steps, uint64_t i, uint64_t point)
{
    if (i >= point || i >= steps->n_steps)
        return (struct barrier){ false, -1, -1 };
    uint32_t call = steps->steps[i].call;
    return (struct barrier){ false, steps->steps[i].kind,
                             call == RECORDING_NONE ? -1 : steps->calls[call].call.number };
}

/* Barriers before each step behind the lost one that changes the disk or that the world sees, up to
 * the point, each kind once; and, as the last one, before the step that was kept. */
static size_t propose(const struct recording *steps, const struct durable_state *state,
                      uint64_t lost, struct barrier to[CANDIDATES])
{
    size_t n = 0;
    for (uint64_t i = lost + 1; i <= state->point && n < CANDIDATES; i++) {
        const struct barrier barrier = barrier_at(steps, i, state->point);
        bool known = false;
        if (barrier.kind > RECORDING_TIMES && !is_marked(&steps->steps[i]))
            continue;
        for (size_t k = 0; k < n; k++)
            known = known || (to[k].kind == barrier.kind && to[k].number == barrier.number);
        if (!known)
            to[n++] = barrier;
    }
    if (n == CANDIDATES)
        n--;
    to[n++] = (struct barrier){ true, -1, -1 };
    return n;
}

/* Before which step the barrier lies in a state. */
static uint64_t place_of(const struct recording *steps, const struct durable_state *state,
                         uint64_t lost, uint64_t kept, const struct barrier *barrier)
{
    uint64_t i = lost + 1;
    if (barrier->at_kept)
        return kept == UINT64_MAX ? state->point : kept;
    for (; i < state->point && barrier->kind >= 0; i++) {
        const struct barrier here = barrier_at(steps, i, state->point);
        if (here.kind == barrier->kind && here.number == barrier->number)
            return i;
    }
    return state->point;
}

/* How many of the states the barrier makes impossible; -1: no memory. */
static int64_t removes(const struct recording *steps, const struct sample *sample,
                       const struct barrier *barrier)
{
    int64_t n = 0;
    for (size_t i = 0; i < sample->n; i++) {
        const struct durable_state *state = sample->states[i];
        uint64_t lost = sample->lost[i];
        uint64_t before = place_of(steps, state, lost, sample->kept[i], barrier);
        int possible =
            durable_possible(steps, state, node_of(&steps->steps[lost]), before);
        if (possible < 0)
            return -1;
        n += !possible;
    }
    return n;
}

static void say(const struct crash *crash, struct crash_finding *finding,
                const struct barrier *barrier, uint64_t n, uint64_t of)
{
    const struct crash_source *source = recovery_source(crash, &crash->cases[finding->first]);
    const struct recording *steps = &source->steps;
    const struct durable_state *state = &crash->cases[finding->first].state;
    char path[LOSS_TEXT], step[LOSS_TEXT] = "";
    uint64_t before = place_of(steps, state, finding->lost, finding->kept, barrier);
    loss_path(steps, node_of(&steps->steps[finding->lost]), before, path, sizeof path);
    if (before < steps->n_steps)
        loss_step(source, before, UINT64_MAX, step, sizeof step);
    free(finding->repair);
    if (asprintf(&finding->repair, "an fsync of %s%.300s before %s removes %" PRIu64 " of %" PRIu64
                 " such states", strcmp(path, ".") == 0 ? "the scratch directory" : "",
                 strcmp(path, ".") == 0 ? "" : path, *step ? step : "the end", n, of) < 0)
        finding->repair = NULL;
    finding->removes = n;
    finding->leaves = of - n;
}

static int repair_one(struct crash *crash, size_t which)
{
    struct crash_finding *finding = &crash->findings[which];
    const struct crash_case *entry = &crash->cases[finding->first];
    const struct recording *steps = &recovery_source(crash, entry)->steps;
    const struct durable_state *state = &entry->state;
    struct barrier barriers[CANDIDATES];
    struct sample sample;
    int64_t best = 0;
    size_t chosen = 0;
    if (finding->lost == UINT64_MAX || state->model == DURABLE_PROCESS)
        return 0;
    if (take_sample(crash, which, &sample) < 0)
        return -1;
    size_t n = propose(steps, state, finding->lost, barriers);
    /* The later the barrier, the more it finds to make durable: the latest that does it is told. */
    for (size_t i = n; i-- > 0 && best < (int64_t)sample.n;) {
        int64_t removed = removes(steps, &sample, &barriers[i]);
        if (removed < 0)
            return -1;
        if (removed > best) {
            best = removed;
            chosen = i;
        }
    }
    if (best > 0)
        say(crash, finding, &barriers[chosen], (uint64_t)best, sample.n);
    return 0;
}

int repair_find(struct crash *crash)
{
    for (size_t i = 0; i < crash->n_findings && crash->by_states; i++)
        if (repair_one(crash, i) < 0)
            return -1;
    return 0;
}
