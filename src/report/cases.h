/* SPDX-License-Identifier: MIT
 * cases.h: a run as cases for TAP and JUnit: one for the run itself, one for each way to check it,
 * one for each actor; findings are what fails. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_CASES_H
#define REPORT_CASES_H

#include <jansson.h>

#include "format/format.h"

/* One case for the run itself, one for each check, one for each actor. */
void report_cases(struct cases *cases, int at, const json_t *result);

#endif
