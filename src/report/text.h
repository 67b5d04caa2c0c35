/* SPDX-License-Identifier: MIT
 * text.h: the end table for people, 80 columns, from the content of result.json, which may come
 * from a file and so is not trusted to be whole. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* The end table: verdict, per actor its successful operations, rate, latency percentiles; resets;
 * findings sorted by count, each with its directory. */
void report_text(FILE *out, const json_t *result, bool colour);

#endif
