/* SPDX-License-Identifier: MIT
 * result.h: what the worker sends with the stacks that it has read.
 *
 * Runs in: monitor, tracer.
 */
#ifndef TRACER_RESULT_H
#define TRACER_RESULT_H

#include <stdint.h>

/* A result. It comes with a memfd that holds the stacks as JSON (tracer/unwind.h). Trust it as
 * little as the process that was read. */
struct trace_result {
    int32_t pid;   /* of the process that was read */
    uint32_t kind; /* enum trace_kind */
};

#endif
