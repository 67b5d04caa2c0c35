/* SPDX-License-Identifier: MIT
 * html_matrix.h: the table of a matrix, before the cases. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_MATRIX_H
#define REPORT_HTML_MATRIX_H

#include <jansson.h>
#include <stdio.h>

/* Prints the table, in which a cell that has not passed leads to its part of the page, and the
 * doubts of all runs. */
void report_html_matrix(FILE *out, const json_t *result);

#endif
