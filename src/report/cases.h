/* SPDX-License-Identifier: MIT
 * cases.h: a run as the cases of TAP and JUnit. A case fails if findings belong to it. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_CASES_H
#define REPORT_CASES_H

#include <jansson.h>

#include "format/format.h"

/* Fills `cases` with one case for the run itself, one for each kind of check, one for each
 * injection rule and one for each actor; of `crash`, for the run itself, each finding and each
 * point. `at`: the run directory; `result`: the content of result.json. */
void report_cases(struct cases *cases, int at, const json_t *result);

#endif
