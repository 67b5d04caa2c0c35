/* SPDX-License-Identifier: MIT
 * html_tests.h: the page of a suite: its cases, and what each has found. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_TESTS_H
#define REPORT_HTML_TESTS_H

#include <jansson.h>
#include <stdio.h>

/* Prints the table of the cases, then a part for each case with findings, of its own directory
 * below `at`. */
void report_html_tests(FILE *out, int at, const json_t *result);

#endif
