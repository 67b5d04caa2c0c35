/* SPDX-License-Identifier: MIT
 * timeline.h: samples and marks for the curves, from events.jsonl. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include <jansson.h>
#include <stddef.h>

enum timeline_kind { TIMELINE_RESET, TIMELINE_FAULT, TIMELINE_KINDS };

/* What happened between the sample before and this one. */
struct timeline_sample {
    double from_s, to_s;
    double counted;                /* in this time */
    double marks[TIMELINE_KINDS];  /* ... also those that have no event of their own */
    double p50, p99, p999;         /* ns; 0: no operation ended */
};

struct timeline_mark {
    double time_s;
    enum timeline_kind kind;
};

struct timeline {
    double end_s; /* of the axis, above 0 */
    size_t n_samples, n_marks;
    struct timeline_sample *samples;
    struct timeline_mark *marks;
    double total[TIMELINE_KINDS]; /* of marks, by the samples or by the events */
};

/* Empty where nothing can be read. */
void timeline_load(struct timeline *timeline, int at, const json_t *result);
/* Merges neighbours until there are at most `most`. */
void timeline_thin(struct timeline *timeline, size_t most);
void timeline_free(struct timeline *timeline);

#endif
