/* SPDX-License-Identifier: MIT
 * tests.h: the cases of a suite, for all formats. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_TESTS_H
#define REPORT_TESTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/base.h"
#include "format/format.h"

/* Is it the result of a suite? */
bool tests_are(const json_t *result);
/* Checks what a report relies on, as record_result_check() does. Returns 0, or -1 with `error`. */
int tests_check(const json_t *result, struct error *error);
/* Fills `cases` with the cases of the suite. */
void tests_cases(struct cases *cases, const json_t *result);
/* Prints a line for each case, then the sums: "7 passed, 1 failed". */
void tests_text(FILE *out, const json_t *result);
/* Prints the table of the page. */
void tests_html(FILE *out, const json_t *result);

#endif
