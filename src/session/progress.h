/* SPDX-License-Identifier: MIT
 * progress.h: signs of life on standard error. On a terminal one line, redrawn at most 4 times a
 * second; elsewhere one key=value line a minute. A new finding is a line at once. -q: none.
 * Also an event "alive" in the run directory at each plain line's time (every minute, on a terminal
 * too), with totals, so that a cut-off run can be reported. NO_COLOR is honoured.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_PROGRESS_H
#define SESSION_PROGRESS_H

#include "record/record.h"
#include "rundir/rundir.h"

struct progress {
    bool terminal, colour;
    int verbosity;
    uint64_t next_line_ns, next_alive_ns; /* clock_now() deadlines; CLOCK_NEVER: none */
    bool line_is_up;                      /* a moving line is on the screen */
    uint64_t last_counted, last_ns;       /* for the current rate */
};

void progress_init(struct progress *progress, int verbosity);
/* The first lines: version, seed, workload, run directory, actors, exit criteria. */
void progress_start(struct progress *progress, const struct record *record);
/* When progress_tick() wants to be called next. */
uint64_t progress_deadline(const struct progress *progress);
void progress_tick(struct progress *progress, const struct record *record, struct rundir *rundir);
void progress_finding(struct progress *progress, const struct record *record,
                      const struct record_finding *finding);
/* A line that must be seen: takes the moving line away first. */
void progress_say(struct progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Takes the moving line away. */
void progress_end(struct progress *progress);

#endif
