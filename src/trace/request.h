/* SPDX-License-Identifier: MIT
 * request.h: asks the tracer (tracer/tracer.h) for the stack of a process, and waits for it.
 *
 * The kernel tells the tracer which process asks (SCM_CREDENTIALS). A process may ask for its own
 * stack, and for those of its children and of theirs. Async-signal-safe.
 *
 * Runs in: supervisor, runner, tracer.
 */
#ifndef TRACE_REQUEST_H
#define TRACE_REQUEST_H

#include <stdint.h>

enum trace_kind {
    TRACE_CRASH, /* of a thread that waits in its signal handler */
    TRACE_HANG,  /* of a process that hangs */
    TRACE_WATCH, /* of a server, or an actor's program, whenever it crashes */
    TRACE_KINDS
};

enum { TRACE_REGISTERS = 33, TRACE_HOLD_MS = 2000 };

/* One packet, with a descriptor for the reply. When the tracer is done, it sends the pid over the
 * descriptor if that is a socket, and closes it. */
struct trace_request {
    uint32_t kind;   /* enum trace_kind */
    int32_t pid;     /* the process */
    int32_t thread;  /* the thread that crashed; 0: none */
    uint32_t n_registers; /* in `registers`, from the crash; 0: read those of the moment */
    uint64_t registers[TRACE_REGISTERS]; /* in the order of trace/registers.h */
};

/* Sends a request without blocking. `reply` stays the caller's. Returns 0, or -1 with errno. */
int trace_ask(int socket, const struct trace_request *request, int reply);
/* Sends a request and waits until the tracer is done, or is gone, or the time is over. */
void trace_ask_and_wait(int socket, const struct trace_request *request, int timeout_ms);

#endif
