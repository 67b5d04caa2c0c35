/* SPDX-License-Identifier: MIT
 * samples.h: a run looked at from time to time: `sample` events with totals and the latencies since
 * the last one, from which the curves of a report are drawn; and what can be known of single
 * actions without counting each operation: the last operations of each actor, as they stand in its
 * slot.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_SAMPLES_H
#define RECORD_SAMPLES_H

#include <jansson.h>
#include <stdint.h>

#include "base/base.h"
#include "record/run.h"

/* The first ones come every 100 ms; the spacing doubles after each SAMPLES_ROUND: 22 hours have
 * about 3,000. It also doubles while taking one needs more than a hundredth of it. */
enum { SAMPLES_ROUND = 256 };

/* Of one action: the operations that were seen in slots. */
struct samples_action {
    uint64_t seen, outcomes[STRESS_FAIL + 1];
    struct histogram latency; /* of those with outcome OK */
};

struct samples {
    uint64_t next_ns; /* deadline; 0: before the first */
    uint64_t spacing_ns;
    unsigned taken;
    struct histogram last;                   /* all latencies at the last sample */
    uint64_t next_operation[DEFINITION_ACTORS]; /* index of the first not seen */
    struct samples_action *actions[DEFINITION_TYPES][DEFINITION_ACTIONS]; /* NULL: none seen */
};

/* When samples_tick() wants to be called next. */
uint64_t samples_deadline(const struct samples *samples);
/* Takes a sample if it is time, or if `last`: the fields of its event, for rundir_sample() (new
 * reference). NULL: it is not time, or there is no memory. */
json_t *samples_tick(struct samples *samples, const struct record *record, bool last);
/* "actions" of result.json: a list of { type, action, seen, counted, ..., latency_ns }. */
json_t *samples_actions(const struct samples *samples, const struct definition *definition);
void samples_free(struct samples *samples);

#endif
