/* SPDX-License-Identifier: MIT
 * injected.h: the injected faults as JSON, for events.jsonl and for the story of a finding. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_INJECTED_H
#define RECORD_INJECTED_H

#include <jansson.h>

#include "inject/inject.h"
#include "record/run.h"

enum { INJECTED_STORY = 16 }; /* faults in a finding at most: the last ones */

/* The rule, the caller, the call and its path (new reference). NULL: out of memory. */
json_t *injected_json(const struct record *record, const struct share_event *event);
/* A list of the last INJECTED_STORY faults of the generation of a finding before it was found,
 * oldest first (new reference). The list is empty without injection. NULL: out of memory. */
json_t *injected_before(const struct record *record, const struct wire_finding *finding);

#endif
