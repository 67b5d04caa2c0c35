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
/* Prints the attribute `id` of the element of one finding. */
void report_html_finding_id(FILE *out, const json_t *one, const char *prefix);
/* Prints a row for each finding that has no story on the page, and says how many are left out. */
void report_html_more_findings(FILE *out, const json_t *const *sorted, size_t n,
                               const char *prefix);

#endif
