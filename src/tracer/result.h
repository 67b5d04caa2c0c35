/* SPDX-License-Identifier: MIT
 * result.h: what the worker says of a stack that it has read. Not async-signal-safe.
 *
 * Runs in: monitor, tracer.
 */
#ifndef TRACER_RESULT_H
#define TRACER_RESULT_H

#include <stdint.h>

/* A result: with it, in a memfd, the stacks as JSON (tracer/unwind.h). To be trusted as little as
 * what it was read from. */
struct trace_result {
    int32_t pid;
    uint32_t kind; /* enum trace_kind */
};

#endif
