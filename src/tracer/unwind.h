/* SPDX-License-Identifier: MIT
 * unwind.h: from the registers and the memory of a process that stands still to the frames of its
 * stacks, and from those to names, by libdw. What was read of the files of one process is kept for
 * the next one, as most are forks of the same. What lies in the process, and the files that it
 * names, may be anything, so this runs in a process of its own.
 *
 * Runs in: tracer.
 */
#ifndef TRACER_UNWIND_H
#define TRACER_UNWIND_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/trace.h"
#include "tracer/tracee.h"

struct unwind; /* opaque */

/* NULL: libdw is not able to. */
struct unwind *unwind_new(void);
void unwind_free(struct unwind *unwind);
/* The stacks of all threads (new reference): an array of
 *   {"thread": TID, "name": ..., "crashed": true, "frames": [...], "note": ...}
 * crashed and note only where there is something to say; a frame is
 *   {"function", "file", "line", "module", "offset", "inlined"}, null where it is not known.
 * The thread of the request comes first. NULL: no memory. */
json_t *unwind_stacks(struct unwind *unwind, const struct tracee *tracee,
                      const struct trace_request *request);

#endif
