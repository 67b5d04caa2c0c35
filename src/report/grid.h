/* SPDX-License-Identifier: MIT
 * grid.h: the result of `matrix`, for all formats: what each preset of faults does to each action
 * and each server. It is that of a suite (tests.h), whose cases have more members: `preset`,
 * `actor`, `action`, `server`, `fired` and `rate_per_s`; those without a fault have `rates`. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "format/format.h"

/* A cell whose rate is below this share of that without faults is slower. With fewer counted
 * operations without faults than GRID_LEAST, the share would be chance: there is none. */
#define GRID_SLOWER 0.75
enum { GRID_LEAST = 20 };

/* Rows are presets, columns what the faults were put at: "writer put", "server store". */
struct grid {
    const json_t *cases; /* borrowed */
    struct names presets, columns;
};

/* Sets `outcome` and `ratio` of each case with faults, which follow from its verdict, from what
 * fired and from the rates. */
void grid_settle(json_t *result);
/* Without memory the grid is empty. grid_free() frees it. */
void grid_load(struct grid *grid, const json_t *result);
void grid_free(struct grid *grid);
/* The case of a row and a column; NULL: there is none. */
const json_t *grid_case(const struct grid *grid, uint32_t preset, uint32_t column);
/* The outcome of a case as a word of this file's own: "fails", "slower", "holds", ... */
const char *grid_outcome(const json_t *one);
/* Writes what the table has of a case, "slower 0.43"; "" if it is NULL. Returns `to`. */
const char *grid_cell(const json_t *one, char *to, size_t size);
/* Writes the rate of a column without faults, "1234/s". Returns `to`. */
const char *grid_rate(const struct grid *grid, uint32_t column, char *to, size_t size);
/* Adds a case of the matrix for TAP and JUnit. */
void grid_add(struct cases *cases, const json_t *one);
/* Prints the table, in lines of at most `width` columns where that is possible. */
void grid_text(FILE *out, const json_t *result, size_t width);

#endif
