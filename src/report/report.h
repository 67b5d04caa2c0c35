/* SPDX-License-Identifier: MIT
 * report.h: reports for people: `report` and `list`, and the table at the end of a run. All formats
 * are made of the same JSON, the content of result.json, so they say the same. A run directory may
 * be cut off at any byte, or made by somebody else: every member may be missing or of any type. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "report/list.h"
#include "report/text.h"

/* `stress-supervisor report`: from result.json, or, where a run was cut off, from events.jsonl
 * (says so; skips lines without sense). Prints on standard output. 0, or an exit status and
 * `error`. */
int report_directory(const struct options *options, struct error *error);

#endif
