/* SPDX-License-Identifier: MIT
 * moment.h: what a moment of the recorded run had besides its disk: the memory of the workload,
 * what the operations had printed, and which operation was under way. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_MOMENT_H
#define CRASH_MOMENT_H

#include "durable/durable.h"
#include "recording/recording.h"

struct moment;

/* Begins before the first step. The recording must outlive it. NULL: no memory. */
struct moment *moment_new(const struct recording *steps);
/* NULL: does nothing. */
void moment_free(struct moment *moment);
/* Goes to a point, to an earlier one from the start. -1: no memory. */
int moment_go(struct moment *moment, uint64_t point);
/* The last BEGIN or END of an operation; NULL: there was none. */
const struct recording_step *moment_edge(const struct moment *moment);
/* Writes a memory of the workload, as struct recording_step numbers it, into a memfd of zeros. */
int moment_fill(const struct moment *moment, unsigned number, int fd, struct error *error);
/* Writes what the operations had printed to a file, which is empty. The last step of a state may
 * have printed a part. */
int moment_output(const struct moment *moment, const struct durable_state *state,
                  const char *path, struct error *error);

#endif
