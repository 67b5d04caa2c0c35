/* SPDX-License-Identifier: MIT
 * timeline.h: samples and marks for the curves, from events.jsonl. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum timeline_kind { TIMELINE_RESET, TIMELINE_FAULT, TIMELINE_KINDS };

/* What happened between the previous sample and this one. */
struct timeline_sample {
    double from_s, to_s;
    double counted;                /* operations counted in this time */
    double marks[TIMELINE_KINDS];  /* also those without an event of their own */
    double p50, p99, p999;         /* ns; 0: no operation ended */
};

enum { TIMELINE_WHAT = 128 };

struct timeline_mark {
    double time_s;
    enum timeline_kind kind;
    char what[TIMELINE_WHAT]; /* "write:error=EIO in writer.1", "SIGKILL to store" */
};

/* An occurrence of a finding: not all have an event. */
struct timeline_occurrence {
    double time_s;
    uint64_t id;
};

struct timeline {
    double end_s; /* end of the axis in seconds, above 0 */
    size_t n_samples, n_marks, n_occurrences;
    struct timeline_sample *samples;
    struct timeline_mark *marks;
    struct timeline_occurrence *occurrences;
    double total[TIMELINE_KINDS]; /* number of marks, from the samples or the events */
};

/* Loads the timeline from events.jsonl in the directory `at`. It is empty if nothing can be
 * read. */
void timeline_load(struct timeline *timeline, int at, const json_t *result);
/* Merges neighbouring samples until there are at most `most`. */
void timeline_thin(struct timeline *timeline, size_t most);
void timeline_free(struct timeline *timeline);

#endif
