/* SPDX-License-Identifier: MIT
 * history.h: --history=FILE: all operations of a run, a line of JSON for each. The keys are those
 * of Porcupine's `Operation` (github.com/anishathalye/porcupine): clientId, input, call, output,
 * return; and more. Lines of one actor are in order, those of several are not.
 *
 * The operations come from the logs in the control memory, where runners wait until there is room
 * for the next one. So nothing here grows with the run, and no operation is missing. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_HISTORY_H
#define SESSION_HISTORY_H

#include <stdio.h>

#include "base/base.h"
#include "record/record.h"
#include "rundir/rundir.h"

struct history {
    FILE *out;           /* NULL: there is none */
    const char *path;
    bool failed;         /* it could not be written: operations are let go unwritten */
    uint64_t generation; /* of the operations that come next */
    uint64_t next_ns;    /* when to call history_tick(), by clock_now(); CLOCK_NEVER: never */
    uint64_t corrupted[DEFINITION_ACTORS]; /* slots of each that made no sense, when last seen */
};

/* Opens FILE and empties it. `path` is not copied; NULL: no history. Returns 0, or -1 with one line
 * for the user. */
int history_open(struct history *history, const char *path, struct error *error);
/* Writes the operations that have ended. A failure is recorded as one of the run directory, which
 * makes it an error of the run. */
void history_tick(struct history *history, const struct record *record, struct rundir *rundir);
/* A generation begins, in which no operation began before `at_ns`. */
void history_generation(struct history *history, const struct record *record,
                        struct rundir *rundir, uint64_t generation, uint64_t at_ns);
/* Writes what is left, with the operations that did not end, and closes the file. */
void history_close(struct history *history, const struct record *record, struct rundir *rundir);

#endif
