/* SPDX-License-Identifier: MIT
 * metrics.h: --metrics=FILE: the numbers of a run in the text format of Prometheus, for the
 * textfile collector of its node exporter: written to FILE.tmp and renamed every few seconds and at
 * the end, without timestamps.
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
    const char *path; /* NULL: none */
    uint64_t next_ns; /* when metrics_tick() wants to be called; CLOCK_NEVER: not at all */
};

/* Tries whether FILE can be written; leaves what is there. -1 with one line for the user. */
int metrics_open(struct metrics *metrics, const char *path, struct error *error);
/* Writes FILE now. A failure becomes one of the run directory: what was asked for and could not be
 * written is an error of the run. */
void metrics_tick(struct metrics *metrics, const struct record *record, struct rundir *rundir);
/* The content of FILE, from that of result.json. */
void metrics_print(FILE *out, const json_t *result);

#endif
