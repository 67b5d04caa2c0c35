/* SPDX-License-Identifier: MIT
 * html_findings.h: the findings of the page, each with its story. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_FINDINGS_H
#define REPORT_HTML_FINDINGS_H

#include <jansson.h>
#include <stdio.h>

/* Prints the findings, most frequent first. `at`: the run directory. `prefix`: of the ids of their
 * elements, "finding-1". */
void report_html_findings(FILE *out, int at, const json_t *result, const char *prefix);

#endif
