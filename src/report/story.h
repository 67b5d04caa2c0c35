/* SPDX-License-Identifier: MIT
 * story.h: the content of a finding's directory, and the order of findings. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "definition/definition.h"

/* An array of *ret_n findings, most frequent first. Free the array; the references are borrowed
 * from `result`. NULL: out of memory. */
const json_t **report_sorted_findings(const json_t *result, size_t *ret_n);

struct story_text {
    char *text; /* ends with a zero; NULL: none */
    size_t size;
    bool cut;   /* the beginning is missing; of a stack the end */
};

struct story {
    json_t *finding; /* finding.json; NULL: none */
    struct story_text output, console, operations, reproduce, stack, watch;
    size_t n_servers;
    struct story_text servers[DEFINITION_SERVERS]; /* what they wrote, as in "servers" of
                                                    * finding.json; their text lies in `said` */
    char *said;
};

/* Loads the story of one entry of "findings". `at`: the run directory. What cannot be read is
 * empty. */
void story_load(struct story *story, int at, const json_t *finding);
void story_free(struct story *story);
/* "death of writer.0, took 1.2 ms": the reset that followed; "" if none did. Returns `buffer`. */
char *story_reset(const struct story *story, char *buffer, size_t size);

#endif
