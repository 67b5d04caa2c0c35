/* SPDX-License-Identifier: MIT
 * html_tables.h: the tables of the page: actors, actions, injections. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_TABLES_H
#define REPORT_HTML_TABLES_H

#include <jansson.h>
#include <stdio.h>

/* Prints the tables. */
void report_html_tables(FILE *out, const json_t *result);

#endif
