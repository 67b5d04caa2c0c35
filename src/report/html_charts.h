/* SPDX-License-Identifier: MIT
 * html_charts.h: the curves of the page, as SVG over one axis of time. The browser stretches the
 * drawing to the width of the page, so text stands beside it, placed in percent. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_CHARTS_H
#define REPORT_HTML_CHARTS_H

#include <jansson.h>
#include <stdio.h>

#include "report/timeline.h"

/* Prints the curves and the strips of marks. Thins the timeline. */
void report_html_charts(FILE *out, const json_t *result, struct timeline *timeline);

#endif
