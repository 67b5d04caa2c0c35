/* SPDX-License-Identifier: MIT
 * html_compare.h: the page of `report --compare`. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_COMPARE_H
#define REPORT_HTML_COMPARE_H

#include <jansson.h>
#include <stdio.h>

/* Prints the page's parts, without its frame: both runs, the rates and percentiles, and the
 * findings that came, went and stayed. */
void report_html_compare(FILE *out, const json_t *comparison);

#endif
