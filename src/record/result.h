/* SPDX-License-Identifier: MIT
 * result.h: the content of result.json, from the record. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_RESULT_H
#define RECORD_RESULT_H

#include <jansson.h>

#include "record/run.h"

enum { RECORD_SCHEMA = 1 }; /* of result.json and events.jsonl; a reader refuses newer ones */

/* The content of result.json (new reference), `complete` false for a run under way. NULL: no
 * memory. */
json_t *record_result(const struct record *record);

#endif
