/* SPDX-License-Identifier: MIT
 * compare.h: what has changed from one run to another: rates, percentiles, findings that came and
 * went. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include <jansson.h>
#include <stdio.h>

/* Prints the comparison of two results, which may come from files: any member may be missing. */
void report_compare(FILE *out, const json_t *before, const json_t *after);

#endif
