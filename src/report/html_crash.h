/* SPDX-License-Identifier: MIT
 * html_crash.h: the page of `crash`: points by call, models side by side, findings with a picture
 * of what was durable when. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_CRASH_H
#define REPORT_HTML_CRASH_H

#include <jansson.h>
#include <stdio.h>

/* The rules of style that the page needs. */
extern const char report_html_crash_style[];

/* Prints the page's parts, without its frame, verdict and summary. `prefix`: of the ids of
 * findings, "finding-1". */
void report_html_crash(FILE *out, const json_t *result, const char *prefix);

#endif
