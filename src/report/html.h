/* SPDX-License-Identifier: MIT
 * html.h: the report as one HTML page, which loads nothing and runs nothing: its frame, its verdict
 * and its summary. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <jansson.h>
#include <stdio.h>

/* Prints the page. `at`: the run directory. Returns 0, or -1 with errno. */
int report_html(FILE *out, int at, const json_t *result);

#endif
