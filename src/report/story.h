/* SPDX-License-Identifier: MIT
 * story.h: the directory of a finding, and findings in order. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The findings, most frequent first; `ret_n` pointers to borrowed references. Free the array. */
const json_t **report_sorted_findings(const json_t *result, size_t *ret_n);

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

#endif
