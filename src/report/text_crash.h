/* SPDX-License-Identifier: MIT
 * text_crash.h: the parts of the report as text that only `crash` has. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_TEXT_CRASH_H
#define REPORT_TEXT_CRASH_H

#include <jansson.h>
#include <stdio.h>

/* Prints how the states were made, the points by call, and models side by side if there are
 * several. */
void report_text_points(FILE *out, const json_t *result);
/* Prints the findings, most frequent first: what was lost and kept, the title, the repair, the
 * directory, the command. */
void report_text_crashes(FILE *out, const json_t *result);

#endif
