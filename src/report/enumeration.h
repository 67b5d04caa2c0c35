/* SPDX-License-Identifier: MIT
 * enumeration.h: what only the result.json of `crash` has, for all formats. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_ENUMERATION_H
#define REPORT_ENUMERATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/format.h"

enum { ENUMERATION_MODELS = 8, ENUMERATION_TEXT = 2048 };

/* Is it the result of `crash`, with points that were tried? Without them there is only the clean
 * run, and the report is that of a run. */
bool enumeration_is(const json_t *result);

/* ---- models side by side ------------------------------------------------------------------ */

struct enumeration_cell {
    uint64_t bad, judged; /* states */
};

/* A row for each call, a column for each model. */
struct enumeration {
    size_t n_models;                     /* below 2: there is nothing to compare */
    char model[ENUMERATION_MODELS][32];
    struct names calls;
    struct enumeration_cell (*cells)[ENUMERATION_MODELS]; /* of calls.n rows */
    struct enumeration_cell sums[ENUMERATION_MODELS];
};

/* Sums up the points by call and model. Without memory the table is empty. enumeration_free() frees
 * it. */
void enumeration_load(struct enumeration *enumeration, const json_t *result);
void enumeration_free(struct enumeration *enumeration);

/* ---- in words ----------------------------------------------------------------------------- */

/* "writer.0 put operation 3, write 2 of store.wal". Returns `to`. */
char *enumeration_point(const json_t *point, char *to, size_t size);
/* Distinct states of a finding; if they are not known, its cases. */
uint64_t enumeration_count(const json_t *finding);
/* What a finding says of its first state: the headline, or else the fault and the call that it was
 * put at. "": it says nothing. Returns `to`. */
char *enumeration_headline(const json_t *finding, char *to, size_t size);
/* "from one recorded run: 14 steps, 84 states drawn, 14 distinct, 0 left out". Returns `to`. */
char *enumeration_method(const json_t *result, char *to, size_t size);
/* Names of models, "ext4, posix"; "": none. Returns `to`. */
char *enumeration_models(const json_t *models, char *to, size_t size);
/* The stack of the step that was "lost", or of the one that was "kept", innermost first: "put at
 * store.c:70 < main at store.c:12". "": none of it has a name. Returns `to`. */
char *enumeration_stack(const json_t *finding, const char *which, char *to, size_t size);
/* The proved repair; "": there is none. Returns `to`. */
char *enumeration_repair(const json_t *finding, char *to, size_t size);

#endif
