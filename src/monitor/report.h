/* SPDX-License-Identifier: MIT
 * report.h: reports for people, and `report` and `list`. The end table of a run and `report` of its
 * directory are made from the same JSON (the content of result.json), so they say the same.
 * Monitor only.
 */
#ifndef MONITOR_REPORT_H
#define MONITOR_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"
#include "monitor/options.h"
#include "monitor/record.h"

enum { REPORT_SCHEMA = 1 }; /* of result.json and events.jsonl; a reader refuses newer ones */

/* The content of result.json (new reference), `complete` false for a run under way. */
json_t *report_result(const struct record *record);
/* { p50, p90, p99, p999, max } in ns. */
json_t *report_latency(const struct histogram *latency);
/* The end table: verdict, per actor its successful operations, rate, latency percentiles; resets;
 * findings sorted by count, each with its directory. */
void report_text(FILE *out, const json_t *result, bool colour);
/* `stress-supervisor report`: from result.json, or, where a run was cut off, from events.jsonl
 * (says so; skips lines without sense). Prints on standard output. 0, or an exit status and
 * `error`. */
int report_directory(const struct options *options, struct error *error);
/* `stress-supervisor list`. */
void report_list(FILE *out, const struct definition *definition, enum options_format format);

#endif
