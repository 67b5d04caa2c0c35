/* SPDX-License-Identifier: MIT
 * watch.h: the latest values of the command that is run every second. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_WATCH_H
#define RECORD_WATCH_H

#include <jansson.h>

#include "record/run.h"

/* Takes over a value that the supervisor sent. */
void watch_note(struct record *record, const struct wire_watch *value);
/* A list of { t, value }, oldest first; `t`: seconds since the start of the run (new reference).
 * NULL: there are none, or memory has run out. */
json_t *watch_json(const struct record *record);

#endif
