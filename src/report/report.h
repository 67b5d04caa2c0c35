/* SPDX-License-Identifier: MIT
 * report.h: reports: `report`, `list`, and the table at the end of a run. All formats are made from
 * the same JSON, the content of result.json, so they say the same. A run directory may be cut off
 * at any byte or be forged, so any member may be missing or of any type. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "report/events.h"
#include "report/list.h"
#include "report/load.h"
#include "report/grid.h"
#include "report/text.h"

/* `stress-supervisor report`: prints a report to standard output, made from result.json; for a run
 * that was cut off from events.jsonl, which the report says. Returns 0, or an exit status and the
 * reason in `error`. */
int report_directory(const struct options *options, struct error *error);
/* Prints the report of a result to standard output. `at`: the directory that it is of. Returns 0,
 * or -1 with errno. */
int report_write(int at, const json_t *result, enum options_format format);
/* Prints a result as text to standard output: in colour on a terminal, unless NO_COLOR is set. */
void report_print(const json_t *result);

#endif
