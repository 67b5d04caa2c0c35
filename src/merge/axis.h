/* SPDX-License-Identifier: MIT
 * axis.h: the curves of all shards on one axis of time: seconds since the start of each shard. It
 * has a fixed number of slots, which grow when a shard was longer, so its size does not depend on
 * the events. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_AXIS_H
#define MERGE_AXIS_H

#include "rundir/rundir.h"

enum { AXIS_SLOTS = 1024, AXIS_SUMS = 7 };

/* What happened in one part of the time. */
struct axis_slot {
    double sums[AXIS_SUMS];
    double p50, weight; /* the sum of p50 * operations, and of those operations */
    double p99, p999;   /* the largest */
};

struct axis {
    double width_s; /* of a slot */
    struct axis_slot slots[AXIS_SLOTS];
};

void axis_init(struct axis *axis);
/* Adds the samples in events.jsonl of the directory `at`. What cannot be read is left out. */
void axis_add(struct axis *axis, int at);
/* Appends the sums as `sample` events. */
void axis_write(const struct axis *axis, struct rundir *rundir);

#endif
