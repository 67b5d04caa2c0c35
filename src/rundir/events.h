/* SPDX-License-Identifier: MIT
 * events.h: events.jsonl: one line an event, appended as it happens. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_EVENTS_H
#define RUNDIR_EVENTS_H

#include <jansson.h>

#include "record/record.h"
#include "rundir/directory.h"

/* The events and their fields (those in brackets where they apply):
 *   start       schema version workload environment seed started target time_limit_s   [null: none]
 *   generation  generation reset_s
 *   reset       generation cause announced [actor announcement]
 *   finding     id kind title count generation [actor action operation directory]: rundir_finding()
 *               writes it for a new one
 *   server      name state pid
 *   retired     actor deaths how
 *   hook        hook outcome
 *   alive       counted uncounted failed indeterminate generation resets findings
 *   sample      counted uncounted failed indeterminate generation resets faults reset_s
 *               reset_max_s findings [left_out; p50 p99 p999 in ns, of the operations since
 *               the last sample]: record/samples.h
 *   end         verdict exit_status reason
 * Of generation, reset, server and hook only the first RUNDIR_EVENTS, and some of the later ones.
 * Appends {"t": seconds since start, "event": name, ...fields}; takes over `fields` (may be
 * NULL). */
void rundir_event(struct rundir *rundir, const struct record *record, const char *event,
                  json_t *fields);
/* The event "sample". */
void rundir_sample(struct rundir *rundir, const struct record *record, json_t *fields);

#endif
