/* SPDX-License-Identifier: MIT
 * events.h: the result of a run that was cut off, or is still under way. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_EVENTS_H
#define REPORT_EVENTS_H

#include <jansson.h>

/* A result made from events.jsonl in the directory `at` (new reference). NULL: there is none. */
json_t *report_events(int at);

#endif
