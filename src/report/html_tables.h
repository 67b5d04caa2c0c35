/* SPDX-License-Identifier: MIT
 * html_tables.h: the tables of the page: actors, actions, injections, points, doubts.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_TABLES_H
#define REPORT_HTML_TABLES_H

#include <jansson.h>
#include <stdio.h>

/* Prints the tables of a run. */
void report_html_tables(FILE *out, const json_t *result);
/* Print one table: the points of an enumeration by their calls; the doubts. */
void report_html_calls(FILE *out, const json_t *result);
void report_html_doubts(FILE *out, const json_t *result);

#endif
