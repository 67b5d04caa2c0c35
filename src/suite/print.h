/* SPDX-License-Identifier: MIT
 * print.h: prints the progress and the results of a suite; writes its documents. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_PRINT_H
#define SUITE_PRINT_H

#include "suite/case.h"

/* Draws the moving line on a terminal, if it is due. */
void suite_show(struct suite *suite);
/* Prints the line of a case that has ended. */
void suite_print_case(struct suite *suite, const struct suite_case *entry);
/* Append the event of the start, and that of a case that has ended. */
void suite_write_start(struct suite *suite);
void suite_write_case(struct suite *suite, const struct suite_case *entry);
/* Prints the closing lines. */
void suite_print_end(const struct suite *suite);
/* Writes result.json. Returns 0, or -1 with `error`. */
int suite_write_result(const struct suite *suite, struct error *error);
/* Writes the document of --format to standard output. Returns 0, or -1 with `error`. */
int suite_write_document(const struct suite *suite, struct error *error);
int suite_exit_status(const struct suite *suite);

#endif
