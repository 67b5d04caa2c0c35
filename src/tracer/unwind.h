/* SPDX-License-Identifier: MIT
 * unwind.h: finds the frames of the stacks of a stopped process from its registers and memory, and
 * their names, with libdw.
 *
 * What was read from the files of one process is kept for the next, since most processes are forks
 * of the same. The memory of the process and the files that it names may be hostile, so this runs
 * in a process of its own. Not async-signal-safe.
 *
 * Runs in: tracer.
 */
#ifndef TRACER_UNWIND_H
#define TRACER_UNWIND_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/trace.h"
#include "tracer/sample.h"
#include "tracer/tracee.h"

struct unwind; /* opaque */

/* Returns NULL if libdw cannot start. */
struct unwind *unwind_new(void);
/* Frees it. NULL: does nothing. */
void unwind_free(struct unwind *unwind);
/* Returns the stacks of all threads (a new reference), the thread of the request first: an array of
 *   {"thread": TID, "name": ..., "crashed": true, "frames": [...], "note": ...}
 * "crashed" and "note" are there only if they apply. A frame is
 *   {"function", "file", "line", "module", "offset", "inlined"}, with null for what is unknown.
 * Returns NULL if memory runs out. */
json_t *unwind_stacks(struct unwind *unwind, const struct tracee *tracee,
                      const struct trace_request *request);
/* Returns the frames of a stack that was kept (a new reference). Samples with the same mappings are
 * best read one after the other. NULL: no memory. */
json_t *unwind_sample(struct unwind *unwind, const struct stack_sample *sample);

#endif
