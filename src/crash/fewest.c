/* SPDX-License-Identifier: MIT
 * fewest.c: see fewest.h.
 */
#include "crash/fewest.h"

#include <stdlib.h>
#include <string.h>

#include "crash/finding.h"
#include "crash/points.h"
#include "crash/recovery.h"

/* The state without `n` of its losses, from number `first` on: the lost steps, then the torn ones.
 * -1: no memory. */
static int without(const struct durable_state *state, size_t first, size_t n,
                   struct durable_state *ret)
{
    size_t lost = 0, torn = 0;
    if (durable_state_copy(ret, state) < 0)
        return -1;
    for (size_t i = 0; i < state->n_lost; i++)
        if (i < first || i >= first + n)
            ret->lost[lost++] = state->lost[i];
    for (size_t i = 0; i < state->n_torn; i++)
        if (state->n_lost + i < first || state->n_lost + i >= first + n)
            ret->torn[torn++] = state->torn[i];
    ret->n_lost = lost;
    ret->n_torn = torn;
    return 0;
}

/* Adds a case if the model permits the state. -1: no memory. */
static int propose_one(struct crash *crash, size_t finding, size_t first, size_t n)
{
    const struct crash_case entry = crash->cases[crash->findings[finding].first];
    struct durable_state state;
    struct error error;
    if (without(&entry.state, first, n, &state) < 0)
        return -1;
    int possible = durable_possible(&recovery_source(crash, &entry)->steps, &state, 0, UINT64_MAX);
    if (possible <= 0 || crash_add_like(crash, &entry, &error) < 0) {
        durable_state_free(&state);
        return possible == 0 ? 0 : -1;
    }
    struct crash_case *added = &crash->cases[crash->n_cases - 1];
    added->state = state;
    added->finding = finding;
    return 1;
}

/* Proposes a finding without each run of `size` losses. Returns how many, or -1: no memory. */
static int propose_runs(struct crash *crash, size_t finding, size_t losses, size_t size)
{
    int n = 0;
    for (size_t first = 0; first < losses; first += size) {
        int added = propose_one(crash, finding, first, size);
        if (added < 0)
            return -1;
        n += added;
    }
    return n;
}

/* Halves; of many losses also quarters and eighths, of few each one. */
static int propose_all(struct crash *crash, size_t finding)
{
    const struct durable_state *state = &crash->cases[crash->findings[finding].first].state;
    size_t losses = state->n_lost + state->n_torn;
    const size_t many[] = { losses / 2, losses / 4, losses / 8 }, few[] = { losses / 2, 1 };
    bool is_many = losses > FEWEST_LOSSES;
    const size_t *sizes = is_many ? many : few;
    int n = 0;
    for (size_t i = losses > 2 ? 0 : 1; losses > 1 && i < (is_many ? 3 : 2); i++) {
        int added = propose_runs(crash, finding, losses, sizes[i]);
        if (added < 0)
            return -1;
        n += added;
    }
    return n;
}

int fewest_propose(struct crash *crash)
{
    int n = 0;
    for (size_t i = 0; i < crash->n_findings && i < FEWEST_FINDINGS; i++) {
        int added = propose_all(crash, i);
        if (added < 0)
            return -1;
        n += added;
    }
    return n;
}

unsigned fewest_take(struct crash *crash, size_t from)
{
    unsigned n = 0;
    size_t last = SIZE_MAX;
    for (size_t i = from; i < crash->n_cases; i++) {
        const struct crash_case *entry = &crash->cases[i];
        if (entry->verdict != CRASH_FINDING || entry->finding == last ||
            !finding_is_alike(crash, entry->finding, i))
            continue;
        last = entry->finding; /* the others of it are proposed anew */
        finding_replace(crash, entry->finding, i);
        n++;
    }
    return n;
}
