/* SPDX-License-Identifier: MIT
 * injected.h: the faults that were put in, for events.jsonl and for the story of a finding. Monitor
 * only.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_INJECTED_H
#define RECORD_INJECTED_H

#include <jansson.h>

#include "inject/inject.h"
#include "record/run.h"

enum { INJECTED_STORY = 16 }; /* of the last faults, at most so many in a finding */

/* Rule, whose call it was, the call, its path. Owned by the caller; NULL: no memory. */
json_t *injected_json(const struct record *record, const struct share_event *event);
/* Those of the generation of a finding, until it was found, oldest first, the last INJECTED_STORY;
 * an empty list if nothing is injected. Owned by the caller; NULL: no memory. */
json_t *injected_before(const struct record *record, const struct wire_finding *finding);

#endif
