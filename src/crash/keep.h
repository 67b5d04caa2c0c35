/* SPDX-License-Identifier: MIT
 * keep.h: what is kept of a finding by states: a directory with the state itself (disk/), the steps
 * with what became of each (steps.txt), a file that names the state (state), and the command that
 * judges it again (reproduce.txt). Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_KEEP_H
#define CRASH_KEEP_H

#include "crash/state.h"

enum { KEEP_MOST = 100 /* findings that have a directory */ };

/* Writes the directories of the findings. Returns 0, or -1 with `error`. */
int keep_findings(const struct crash *crash, struct error *error);
/* Writes the name of a finding's directory, below that of the enumeration. Returns `to`. */
const char *keep_name(const struct crash *crash, size_t finding, char *to, size_t size);
/* Writes the command that judges a finding's state again. The caller frees it; NULL: no memory. */
char *keep_command(const struct crash *crash, size_t finding);
/* What the file of --state says: a state of the run or, behind a crash with that state, one of its
 * reset. */
struct keep_state {
    bool in_reset;
    size_t after;                     /* in a reset: the case that it followed */
    struct durable_state run, state;  /* `run`: of a reset only */
};
/* Reads a state from the file that --state names, and opens the recordings that it is of, with the
 * definition of its workload. keep_free() frees the lists of the states, also after a failure.
 * Returns 0, or -1 with `error`. */
int keep_read(const char *path, struct crash *crash, struct keep_state *ret, struct error *error);
void keep_free(struct keep_state *state);

#endif
