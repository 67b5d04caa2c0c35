/* SPDX-License-Identifier: MIT
 * html_story.h: what led to a finding, for its page: stacks, output, operations, faults. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_STORY_H
#define REPORT_HTML_STORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "report/story.h"

/* Prints the story of `finding`, an entry of "findings". `open`: output and operations are
 * unfolded. */
void report_html_story(FILE *out, const json_t *finding, const struct story *story, bool open);

#endif
