/* SPDX-License-Identifier: MIT
 * progress.h: signs of life on standard error: the moving line of a ticker; elsewhere a line of
 * KEY=VALUE each minute. A new finding is a line at once. Also an event "alive" in the run
 * directory each minute, with totals, so that a cut-off run can be reported. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_PROGRESS_H
#define SESSION_PROGRESS_H

#include "cli/cli.h"
#include "record/record.h"
#include "rundir/rundir.h"

struct progress {
    struct ticker ticker;
    uint64_t next_alive_ns;         /* clock_now() deadline of the next event "alive" */
    uint64_t last_counted, last_ns; /* for the current rate */
};

void progress_init(struct progress *progress, int verbosity);
/* The first lines: version, seed, workload, run directory, actors, exit criteria. */
void progress_start(struct progress *progress, const struct record *record);
/* When progress_tick() wants to be called next. */
uint64_t progress_deadline(const struct progress *progress);
void progress_tick(struct progress *progress, const struct record *record, struct rundir *rundir);
void progress_finding(struct progress *progress, const struct record_finding *finding);
/* A line that must be seen: takes the moving line away first. */
#define progress_say(progress, ...) ticker_say(&(progress)->ticker, __VA_ARGS__)
/* Takes the moving line away. */
void progress_end(struct progress *progress);

#endif
