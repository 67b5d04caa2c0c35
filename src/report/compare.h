/* SPDX-License-Identifier: MIT
 * compare.h: what has changed from one run to another: rates, percentiles, findings that came and
 * went. It is worked out once, as JSON, from which all formats are made. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "format/format.h"

/* Compares two results, which may come from files: any member may be missing. Returns a new
 * reference, as stress-supervisor(1) describes it: `runs`, the one before and the one now; `types`
 * with `measures`; `findings`. NULL: no memory. */
json_t *compare_results(const json_t *before, const json_t *after);
/* Is it what compare_results() returns? */
bool compare_is(const json_t *result);
/* Why the runs should perhaps not be compared, from 0 on: "these are different workloads". NULL:
 * there are fewer reasons. */
const char *compare_warning(const json_t *comparison, size_t i);
/* Write a value of one of the `measures` as text, "1234", "2 ms" or "-", and its change, "+12.3 %"
 * or "". `key`: "before" or "now". Return `to`. */
const char *compare_value(const json_t *measure, const char *key, char *to, size_t size);
const char *compare_change(const json_t *measure, char *to, size_t size);
/* Print it as text; make it cases: what came has failed, unless it is known. */
void compare_text(FILE *out, const json_t *comparison);
void compare_cases(struct cases *cases, const json_t *comparison);

#endif
