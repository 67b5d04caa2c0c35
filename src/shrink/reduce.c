/* SPDX-License-Identifier: MIT
 * reduce.c: delta debugging. Each phase groups the parts into units: an actor with all its lines, a
 * generation, a line, or a fault. It leaves out runs of consecutive units, at first long ones, then
 * half as long, down to single units, until none can be left out. The phases are repeated until a
 * round changes nothing. Candidates that were tried before are remembered.
 */
#include "shrink/reduce.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shrink/candidate.h"
#include "shrink/tries.h"

enum phase { PHASE_ACTORS, PHASE_GENERATIONS, PHASE_LINES, PHASE_FAULTS, PHASES };

/* The units of a phase. To leave out a unit is to leave out all parts that belong to it. */
struct units {
    uint32_t n;
    uint32_t *of;   /* n_parts: the unit of a part; UINT32_MAX: none */
    uint32_t *left; /* n: the units that are not left out yet */
};

/* Candidates that are tried in parallel. */
struct batch {
    unsigned n;
    bool *parts[SHRINK_JOBS];
    bool same[SHRINK_JOBS];
    uint32_t begin[SHRINK_JOBS], end[SHRINK_JOBS]; /* the range of `left` that each leaves out */
};

static void units_free(struct units *units)
{
    free(units->of);
    free(units->left);
}

/* Returns the unit that a part belongs to; UINT32_MAX: none. Numbers of units may have gaps. */
static uint32_t unit_of(const struct shrink *shrink, enum phase phase, uint32_t part,
                        uint32_t segment)
{
    const struct replay *replay = shrink->replay;
    bool line = part < shrink->n_lines, fault = part >= shrink->n_lines + shrink->n_actors;
    switch (phase) {
    case PHASE_ACTORS:
        if (line)
            return replay->lines[part].actor; /* REPLAY_RESET is UINT32_MAX */
        return fault ? UINT32_MAX : part - shrink->n_lines;
    case PHASE_GENERATIONS:
        return line ? segment : UINT32_MAX;
    case PHASE_LINES:
        return line ? part : UINT32_MAX;
    default:
        return fault ? part : UINT32_MAX;
    }
}

/* Makes units of the parts that are not left out. */
static int units_make(const struct shrink *shrink, enum phase phase, struct units *ret,
                      struct error *error)
{
    uint32_t n = shrink->n_parts, segment = 0;
    *ret = (struct units){ .of = calloc(n + 1, sizeof *ret->of),
                           .left = calloc(n + 1, sizeof *ret->left) };
    bool *seen = calloc(n + 1, sizeof *seen);
    if (!ret->of || !ret->left || !seen) {
        free(seen);
        units_free(ret);
        error_set(error, ENOMEM, "shrink");
        return -1;
    }
    for (uint32_t i = 0; i < n; i++) {
        ret->of[i] = unit_of(shrink, phase, i, segment);
        if (i < shrink->n_lines && shrink->replay->lines[i].actor == REPLAY_RESET)
            segment++;
        if (ret->of[i] == UINT32_MAX || !shrink->best[i] || seen[ret->of[i]])
            continue;
        seen[ret->of[i]] = true;
        ret->left[ret->n++] = ret->of[i];
    }
    free(seen);
    return 0;
}

/* ---- one batch --------------------------------------------------------------------------- */

static void batch_clear(struct batch *batch)
{
    for (unsigned i = 0; i < batch->n; i++)
        free(batch->parts[i]);
    batch->n = 0;
}

/* Clears the parts of the units left[begin .. end). -1: no memory. */
static int leave_out(const struct shrink *shrink, const struct units *units, uint32_t begin,
                     uint32_t end, bool *parts)
{
    bool *out = calloc((size_t)shrink->n_parts + 1, sizeof *out);
    if (!out)
        return -1;
    for (uint32_t i = begin; i < end; i++)
        out[units->left[i]] = true;
    for (uint32_t i = 0; i < shrink->n_parts; i++)
        if (units->of[i] != UINT32_MAX && out[units->of[i]])
            parts[i] = false;
    free(out);
    return 0;
}

static int batch_add(const struct shrink *shrink, const struct units *units, struct batch *batch,
                     uint32_t begin, uint32_t length, struct error *error)
{
    unsigned i = batch->n;
    batch->parts[i] = malloc((size_t)shrink->n_parts + 1);
    if (!batch->parts[i])
        return error_set(error, ENOMEM, "shrink");
    memcpy(batch->parts[i], shrink->best, shrink->n_parts);
    batch->begin[i] = begin;
    batch->end[i] = begin + length < units->n ? begin + length : units->n;
    batch->n++;
    return leave_out(shrink, units, begin, batch->end[i], batch->parts[i]) < 0
               ? error_set(error, ENOMEM, "shrink") : 0;
}

/* Removes the units of accepted candidates from `left`. Returns how many. */
static uint32_t forget(struct units *units, const struct batch *batch, const bool *accepted)
{
    uint32_t to = batch->begin[0], last = batch->end[batch->n - 1], before = units->n;
    for (unsigned i = 0; i < batch->n; i++)
        for (uint32_t k = batch->begin[i]; k < batch->end[i]; k++)
            if (!accepted[i])
                units->left[to++] = units->left[k];
    memmove(units->left + to, units->left + last, (before - last) * sizeof *units->left);
    units->n = to + (before - last);
    return before - units->n;
}

/* Returns the parts that all accepted candidates have. The caller frees it. NULL: no memory. */
static bool *intersect(const struct shrink *shrink, const struct batch *batch,
                       const bool *accepted)
{
    bool *all = malloc((size_t)shrink->n_parts + 1);
    if (!all)
        return NULL;
    memcpy(all, shrink->best, shrink->n_parts);
    for (unsigned i = 0; i < batch->n; i++)
        for (uint32_t k = 0; k < shrink->n_parts && accepted[i]; k++)
            all[k] = all[k] && batch->parts[i][k];
    return all;
}

/* Several candidates show the finding, each by itself. Tries to leave out all their units together;
 * if that fails, accepts only the first candidate. */
static int unite(struct shrink *shrink, const struct batch *batch, unsigned first, bool *accepted,
                 struct error *error)
{
    bool *all = intersect(shrink, batch, accepted), same;
    if (!all)
        return error_set(error, ENOMEM, "shrink");
    int result = shrink_try(shrink, &all, 1, &same, error);
    if (result == 0 && !same)
        for (unsigned i = first + 1; i < batch->n; i++)
            accepted[i] = false;
    if (result == 0)
        result = shrink_accept(shrink, same ? all : batch->parts[first], error);
    free(all);
    return result;
}

/* Accepts the candidates of the batch that show the finding. */
static int take_in(struct shrink *shrink, const struct batch *batch, bool *accepted,
                   struct error *error)
{
    unsigned first = batch->n, n = 0;
    for (unsigned i = 0; i < batch->n; i++)
        if (batch->same[i]) {
            first = n++ == 0 ? i : first;
            accepted[i] = true;
        }
    if (n == 0)
        return 0;
    return n == 1 ? shrink_accept(shrink, batch->parts[first], error)
                  : unite(shrink, batch, first, accepted, error);
}

/* Tries to leave out runs of `length` units from *at on, one for each job, in parallel. */
static int step(struct shrink *shrink, struct units *units, uint32_t *at, uint32_t length,
                uint32_t *ret_gone, struct error *error)
{
    struct batch batch = { .n = 0 };
    bool accepted[SHRINK_JOBS] = { false };
    int result = 0;
    for (uint32_t begin = *at; begin < units->n && batch.n < shrink->n_trials && result == 0;
         begin += length)
        result = batch_add(shrink, units, &batch, begin, length, error);
    if (result == 0)
        result = shrink_try(shrink, batch.parts, batch.n, batch.same, error);
    if (result == 0)
        result = take_in(shrink, &batch, accepted, error);
    if (result == 0) {
        uint32_t tried = batch.end[batch.n - 1] - batch.begin[0];
        uint32_t gone = forget(units, &batch, accepted);
        *at += tried - gone;
        *ret_gone += gone;
    }
    batch_clear(&batch);
    return result;
}

static int reduce_units(struct shrink *shrink, struct units *units, bool *ret_changed,
                        struct error *error)
{
    uint32_t length = units->n;
    while (length > 0 && units->n > 0) {
        uint32_t gone = 0;
        for (uint32_t at = 0; at < units->n;)
            if (step(shrink, units, &at, length, &gone, error) < 0)
                return -1;
        *ret_changed = *ret_changed || gone > 0;
        if (length == 1 && gone == 0)
            return 0;
        length = length > 1 ? length / 2 : 1;
    }
    return 0;
}

int shrink_reduce(struct shrink *shrink, struct error *error)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (int phase = 0; phase < PHASES; phase++) {
            struct units units;
            if (units_make(shrink, (enum phase)phase, &units, error) < 0)
                return -1;
            int result = reduce_units(shrink, &units, &changed, error);
            units_free(&units);
            if (result < 0)
                return -1;
        }
    }
    return 0;
}
