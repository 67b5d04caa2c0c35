/* SPDX-License-Identifier: MIT
 * text.h: the report as text, from the content of result.json. That may come from a
 * file, so any member may be missing. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Writes "500 of 500 counted, 2 uncounted, 6 failed, 0 reset, 0 indeterminate" of the member
 * `operations`. Returns `text`. */
const char *report_outcomes(const json_t *operations, char *text, size_t size);
/* Prints what is "known" of a result and has not come; nothing if all has. */
void report_text_gone(FILE *out, const json_t *result);
/* Prints the table at the end of a run: for each actor how its operations ended, its rate and
 * latency percentiles; resets; findings, most frequent first, each with its directory; injections;
 * the verdict. `columns`: lines are that wide, where they can be broken or cut. */
void report_text(FILE *out, const json_t *result, bool colour, unsigned columns);

#endif
