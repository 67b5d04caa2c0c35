/* SPDX-License-Identifier: MIT
 * html_grid.h: the table of a matrix, before the cases. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_GRID_H
#define REPORT_HTML_GRID_H

#include <jansson.h>
#include <stdio.h>

/* The rules of style that the table needs. */
extern const char report_html_grid_style[];

/* Prints the table, in which a cell that has not passed leads to its part of the page, and the
 * doubts of all runs. */
void report_html_grid(FILE *out, const json_t *result);

#endif
