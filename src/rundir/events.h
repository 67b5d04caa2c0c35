/* SPDX-License-Identifier: MIT
 * events.h: events.jsonl: one line for each event, appended when it happens. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_EVENTS_H
#define RUNDIR_EVENTS_H

#include <jansson.h>

#include "record/record.h"
#include "rundir/directory.h"

/* Appends {"t": seconds since the start, "event": name, ...fields} and takes over `fields`, which
 * may be NULL. A failure is remembered in `rundir`.
 *
 * The events and their fields (those in brackets only where they apply):
 *   start       schema version workload environment seed started target time_limit_s   [null: none]
 *   generation  generation reset_s
 *   reset       generation cause announced [actor announcement]
 *   finding     id kind title count generation [actor action operation directory]: from
 *               rundir_finding() and rundir_finding_again()
 *   server      name state pid
 *   retired     actor deaths how
 *   hook        hook outcome
 *   alive       counted uncounted failed indeterminate generation resets findings
 *   sample      counted uncounted failed indeterminate generation resets faults reset_s
 *               reset_max_s findings [left_out; p50 p99 p999 in ns, of the operations since
 *               the last sample]: from rundir_sample()
 *   life        life workload seed started: of `vm`, another machine goes on with the run
 *   end         verdict exit_status reason
 *
 * Of generation, reset, server and hook only the first RUNDIR_EVENTS are written, and one more with
 * each sample. */
void rundir_event(struct rundir *rundir, const struct record *record, const char *event,
                  json_t *fields);
/* Appends the event "sample" with `fields`, which it takes over, and left_out. */
void rundir_sample(struct rundir *rundir, const struct record *record, json_t *fields);

#endif
