/* SPDX-License-Identifier: MIT
 * samples.h: samples of a run. Each `sample` event has the totals, and the latencies since the last
 * sample; the curves of a report are drawn from them. A sample also reads the last operations of
 * each actor from its slot, which gives an estimate for single actions without counting every
 * operation. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_SAMPLES_H
#define RECORD_SAMPLES_H

#include <jansson.h>
#include <stdint.h>

#include "base/base.h"
#include "record/run.h"

/* The first samples are 100 ms apart. The spacing doubles after every SAMPLES_ROUND samples, so 22
 * hours have about 3,000. It also doubles when a sample takes more than a hundredth of it. */
enum { SAMPLES_ROUND = 256 };

/* The operations of one action that samples saw in slots. */
struct samples_action {
    uint64_t seen, outcomes[STRESS_FAIL + 1];
    struct histogram latency; /* of operations that ended OK */
};

struct samples {
    uint64_t next_ns; /* deadline by clock_now(); 0: before the first sample */
    uint64_t spacing_ns;
    unsigned taken;
    struct histogram last;                   /* the latencies of the run at the last sample */
    uint64_t next_operation[DEFINITION_ACTORS]; /* index of the first operation not seen yet */
    struct samples_action *actions[DEFINITION_TYPES][DEFINITION_ACTIONS]; /* NULL: none seen */
};

/* When to call samples_tick() next, by clock_now(). */
uint64_t samples_deadline(const struct samples *samples);
/* Takes a sample if one is due, or if it is the `last`. Returns the fields of its event for
 * rundir_sample() (new reference). NULL: none is due, or out of memory. */
json_t *samples_tick(struct samples *samples, const struct record *record, bool last);
/* "actions" of result.json: a list of { type, action, seen, counted, ..., latency_ns } (new
 * reference). NULL: out of memory. */
json_t *samples_actions(const struct samples *samples, const struct definition *definition);
void samples_free(struct samples *samples);

#endif
