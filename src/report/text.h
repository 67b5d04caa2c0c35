/* SPDX-License-Identifier: MIT
 * text.h: the report as text of 80 columns, from the content of result.json. That may come from a
 * file, so any member may be missing. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Prints the table at the end of a run: for each actor its counted operations, rate and latency
 * percentiles; resets; findings, most frequent first, each with its directory; injections; the
 * verdict. */
void report_text(FILE *out, const json_t *result, bool colour);

#endif
