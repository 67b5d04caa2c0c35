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
 *   start       schema version workload environment seed started machine target
 *               time_limit_s [shard]
 *   generation  generation reset_s
 *   reset       generation cause announced [actor announcement]
 *   finding     id kind title count generation [actor action operation directory]: from
 *               rundir_finding() and rundir_finding_again()
 *   server      name state pid [exit_status signal]
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
/* The same for `crash` and `suite`, which have no record; `since_ns`: their start, by clock_now().
 * Their events:
 *   start       schema version command machine started [workload seed suite shard]
 *   point       as in "points" of result.json: a point of `crash` that was judged
 *   case        as in "cases" of result.json: a case of `suite` that has ended */
void rundir_event_since(struct rundir *rundir, uint64_t since_ns, const char *event,
                        json_t *fields);
/* Appends an event of another moment: `t_ns` after the start. */
void rundir_event_at(struct rundir *rundir, uint64_t t_ns, const char *event, json_t *fields);
/* Appends the event "sample" with `fields`, which it takes over, and left_out. */
void rundir_sample(struct rundir *rundir, const struct record *record, json_t *fields);

#endif
