/* SPDX-License-Identifier: MIT
 * report_private.h: what the files of `report` share. All of them read a run directory that may be
 * cut off at any byte, or made by somebody else: every member may be missing or of any type.
 *   report_directory.c   the command: loads, and picks the format
 *   report_events.c      the result of a run that was cut off, from its events
 *   report_timeline.c    samples and marks for the curves
 *   report_story.c       the directory of a finding
 *   report_cases.c       a result as cases (cases.h)
 *   report_html*.c       the page
 */
#ifndef MONITOR_REPORT_PRIVATE_H
#define MONITOR_REPORT_PRIVATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "monitor/cases.h"

/* A regular file in a directory: no link, and nothing that would block. NULL with errno. */
FILE *report_open(int at, const char *name);
/* A result from events.jsonl (new reference); NULL: there is none. */
json_t *report_events(int at);
/* The findings, most frequent first; `ret_n` pointers to borrowed references. Free the array. */
const json_t **report_sorted_findings(const json_t *result, size_t *ret_n);

/* ---- the timeline ------------------------------------------------------------------------ */

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

/* ---- the story of a finding -------------------------------------------------------------- */

struct story_text {
    char *text; /* terminated; NULL: none */
    size_t size;
    bool cut;   /* the beginning is left out; of a stack the end */
};

struct story {
    json_t *finding; /* finding.json; NULL: none */
    struct story_text output, operations, reproduce, stack;
};

/* Of one entry of "findings". Empty where nothing can be read. */
void story_load(struct story *story, int at, const json_t *finding);
void story_free(struct story *story);
/* "death of writer.0, took 1.2 ms": the reset that followed; "" if none did. Returns `buffer`. */
char *story_reset(const struct story *story, char *buffer, size_t size);

/* ---- formats ----------------------------------------------------------------------------- */

/* One case for the run itself, one for each check, one for each actor. */
void report_cases(struct cases *cases, int at, const json_t *result);
/* The page. 0, or -1 with errno. */
int report_html(FILE *out, int at, const json_t *result);
/* Parts of it. */
void report_html_charts(FILE *out, const json_t *result, struct timeline *timeline); /* thins */
void report_html_tables(FILE *out, const json_t *result);
void report_html_findings(FILE *out, int at, const json_t *result);

#endif
