/* SPDX-License-Identifier: MIT
 * request.h: asking the tracer (tracer/tracer.h) for the stack of a process, and waiting for it. The
 * tracer is not told who asks: the kernel says so (SCM_CREDENTIALS), and a process may ask for
 * itself and for its children only. Async-signal-safe.
 *
 * Runs in: supervisor, runner, tracer.
 */
#ifndef TRACE_REQUEST_H
#define TRACE_REQUEST_H

#include <stdint.h>

enum trace_kind {
    TRACE_CRASH, /* of a thread that waits in its signal handler */
    TRACE_HANG,
    TRACE_WATCH, /* a server: its stack when it crashes, whenever that is */
    TRACE_KINDS
};

enum { TRACE_REGISTERS = 33, TRACE_HOLD_MS = 2000 };

/* One packet, with a descriptor: when the tracer is done it sends the pid over it, if it is a
 * socket, and closes it. */
struct trace_request {
    uint32_t kind;   /* enum trace_kind */
    int32_t pid;     /* of whom */
    int32_t thread;  /* the one that crashed; 0: none */
    uint32_t n_registers; /* of that thread where it crashed; 0: as they are now */
    uint64_t registers[TRACE_REGISTERS]; /* in the order of trace/registers.h */
};

/* Sends it, never blocks. 0, or -1 with errno. */
int trace_ask(int socket, const struct trace_request *request, int reply);
/* Asks, and waits until the tracer is done, is gone, or the time is over. */
void trace_ask_and_wait(int socket, const struct trace_request *request, int timeout_ms);

#endif
