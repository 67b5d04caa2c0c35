/* SPDX-License-Identifier: MIT
 * html_charts.h: the curves of the page, over one axis of time, as SVG. The drawing is stretched to
 * the width of the page; so text stands beside it, at places in percent. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_CHARTS_H
#define REPORT_HTML_CHARTS_H

#include <jansson.h>
#include <stdio.h>

#include "report/timeline.h"

/* Thins the timeline. */
void report_html_charts(FILE *out, const json_t *result, struct timeline *timeline);

#endif
