/* SPDX-License-Identifier: MIT
 * fewest.c: see fewest.h.
 */
#include "crash/fewest.h"

#include <stdlib.h>
#include <string.h>

#include "crash/finding.h"
#include "crash/points.h"

/* The state without its loss number `which`: the lost steps, then the torn ones. -1: no memory. */
static int without(const struct durable_state *state, size_t which, struct durable_state *ret)
{
    if (durable_state_copy(ret, state) < 0)
        return -1;
    if (which < ret->n_lost) {
        ret->n_lost--;
        memmove(ret->lost + which, ret->lost + which + 1,
                (ret->n_lost - which) * sizeof *ret->lost);
        return 0;
    }
    which -= ret->n_lost;
    ret->n_torn--;
    memmove(ret->torn + which, ret->torn + which + 1, (ret->n_torn - which) * sizeof *ret->torn);
    return 0;
}

/* Adds a case if the model permits the state. -1: no memory. */
static int propose_one(struct crash *crash, size_t finding, size_t loss)
{
    const struct crash_case entry = crash->cases[crash->findings[finding].first];
    struct durable_state state;
    struct error error;
    if (without(&entry.state, loss, &state) < 0)
        return -1;
    int possible = durable_possible(&crash->steps, &state, 0, UINT64_MAX);
    if (possible <= 0 || crash_add_case(crash, entry.point, entry.fault, &error) < 0) {
        durable_state_free(&state);
        return possible == 0 ? 0 : -1;
    }
    struct crash_case *added = &crash->cases[crash->n_cases - 1];
    added->state = state;
    added->finding = finding;
    return 1;
}

int fewest_propose(struct crash *crash)
{
    int n = 0;
    for (size_t i = 0; i < crash->n_findings && i < FEWEST_FINDINGS; i++) {
        const struct durable_state *state = &crash->cases[crash->findings[i].first].state;
        size_t losses = state->n_lost + state->n_torn;
        for (size_t k = 0; losses > 1 && k < losses && k < FEWEST_LOSSES; k++) {
            int added = propose_one(crash, i, k);
            if (added < 0)
                return -1;
            n += added;
        }
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
