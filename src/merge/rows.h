/* SPDX-License-Identifier: MIT
 * rows.h: the tables of results, added up by the names of their rows: actors, types, actions,
 * injection rules, known findings, limits. Histograms are added, so percentiles are those of all.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_ROWS_H
#define MERGE_ROWS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/base.h"

enum rows_table { ROWS_ACTORS, ROWS_TYPES, ROWS_ACTIONS, ROWS_INJECTIONS, ROWS_KNOWN, ROWS_LIMITS,
                  ROWS_TABLES };

struct rows_row;
/* The rows of one table, in the order in which they came. */
struct rows {
    struct rows_row *list; /* Owned */
    size_t n;
    json_t *numbers;       /* of the rows by their names. Owned */
};

/* Adds the table of one result. Returns 0, or -1: no memory. */
int rows_add(struct rows *rows, enum rows_table table, const json_t *result);
/* Has a result this table only if there is something to say? */
bool rows_is_optional(enum rows_table table);
/* The sum, as a member of result.json (new reference); `duration_s` is for rates. NULL: no memory.
 */
json_t *rows_json(const struct rows *rows, enum rows_table table, double duration_s);
/* Of the table of injection rules: how many put no fault in, in any shard (preset_silent()). */
size_t rows_silent(const struct rows *rows);
/* The name of the table in result.json. */
const char *rows_name(enum rows_table table);
void rows_free(struct rows *rows);

#endif
