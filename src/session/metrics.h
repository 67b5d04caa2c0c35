/* SPDX-License-Identifier: MIT
 * metrics.h: --metrics=FILE: the numbers of a run in the text format of Prometheus, for the
 * textfile collector of its node exporter. They are written to FILE.tmp, which is renamed to FILE,
 * every few seconds and at the end. They carry no timestamps. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_METRICS_H
#define SESSION_METRICS_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "base/base.h"
#include "record/record.h"
#include "rundir/rundir.h"

struct metrics {
    const char *path; /* NULL: --metrics was not given */
    uint64_t next_ns; /* when to call metrics_tick(), by clock_now(); CLOCK_NEVER: never */
};

/* Checks that FILE can be written, and leaves its content as it is. `path` is not copied; NULL: no
 * metrics. Returns 0, or -1 with one line for the user. */
int metrics_open(struct metrics *metrics, const char *path, struct error *error);
/* Writes FILE now. A failure is recorded as a failure of the run directory, which makes it an error
 * of the run; FILE is then not written again. */
void metrics_tick(struct metrics *metrics, const struct record *record, struct rundir *rundir);
/* Prints the content of FILE, computed from that of result.json. */
void metrics_print(FILE *out, const json_t *result);

#endif
