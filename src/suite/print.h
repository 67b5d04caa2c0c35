/* SPDX-License-Identifier: MIT
 * print.h: all that a suite prints, and its documents. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_PRINT_H
#define SUITE_PRINT_H

#include "suite/case.h"

/* The moving line on a terminal, if it is due. */
void suite_show(struct suite *suite);
/* The line of a case that has ended. */
void suite_print_case(struct suite *suite, const struct suite_case *entry);
/* The closing lines. */
void suite_print_end(const struct suite *suite);
/* result.json. 0 or -1. */
int suite_write_result(const struct suite *suite, struct error *error);
/* What --format asks for, on standard output. 0 or -1. */
int suite_write_document(const struct suite *suite, struct error *error);
int suite_exit_status(const struct suite *suite);

#endif
