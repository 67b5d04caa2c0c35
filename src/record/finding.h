/* SPDX-License-Identifier: MIT
 * finding.h: a finding as JSON, as result.json, events.jsonl and finding.json all begin it. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_FINDING_H
#define RECORD_FINDING_H

#include <jansson.h>

#include "record/run.h"

/* { id, kind, actor, action, title, count } (new reference). NULL: no memory. */
json_t *finding_json(const struct record *record, const struct record_finding *finding);
/* Sets generation and operation of an occurrence: null where it belongs to no operation. */
void finding_set_place(json_t **object, const struct wire_finding *occurrence);
/* Sets "last": { generation, time_s }. */
void finding_set_last(json_t **object, const struct record_finding *finding);

#endif
