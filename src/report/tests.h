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

/* Is it the result of a suite? Also of a matrix, which is one; the second function tells them
 * apart. */
bool tests_are(const json_t *result);
bool tests_are_matrix(const json_t *result);
/* The member of any result that names what was tested: "suite" or "workload". */
const char *tests_subject(const json_t *result);
/* Checks what a report relies on, as record_result_check() does. Returns 0, or -1 with `error`. */
int tests_check(const json_t *result, struct error *error);
/* Begins the list of the cases of a suite; adds one of them. */
void tests_begin(struct cases *cases, const json_t *result);
void tests_add(struct cases *cases, const json_t *one);
/* Opens the directory of a case below that of its suite. -1: there is none. */
int tests_open(int at, const json_t *one);
/* Prints a line for each case, of a matrix for each that has not passed, then the sums: "7 passed,
 * 1 failed". */
void tests_text(FILE *out, const json_t *result);
/* Prints the sums alone, without a newline. */
void tests_sums(FILE *out, const json_t *result);
/* Returns the verdict of a case as a word that is known; "untried" for any other. */
const char *tests_verdict(const json_t *one);

#endif
