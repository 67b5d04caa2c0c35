/* SPDX-License-Identifier: MIT
 * cases_crash.h: what `crash` found as the cases of TAP and JUnit. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_CASES_CRASH_H
#define REPORT_CASES_CRASH_H

#include <jansson.h>

#include "format/format.h"

/* Adds one case for each finding, which has failed, or is skipped if it is known, and one for each
 * point and fault without a finding. Their classes are `class` and the system call:
 * "store.write". */
void report_cases_crash(struct cases *cases, const json_t *result, const char *class);

#endif
