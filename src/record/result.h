/* SPDX-License-Identifier: MIT
 * result.h: makes the content of result.json from the record. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_RESULT_H
#define RECORD_RESULT_H

#include <jansson.h>

#include "base/base.h"
#include "record/run.h"

enum { RECORD_SCHEMA = 1 }; /* of result.json and events.jsonl; readers refuse newer ones */

/* The content of result.json (new reference); `complete` is false while the run is under way. NULL:
 * out of memory. */
json_t *record_result(const struct record *record);

/* Checks what a report relies on in a result.json that may have been changed: the verdict, the exit
 * status that goes with it, and the counts. Returns 0, or -1 with an error that names the member.
 */
int record_result_check(const json_t *result, struct error *error);

#endif
