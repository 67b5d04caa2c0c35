/* SPDX-License-Identifier: MIT
 * worker.h: the process that reads stacks, one request after another, and watches servers. The
 * keeper forks it (tracer/tracer.c). Not async-signal-safe.
 *
 * Runs in: tracer.
 */
#ifndef TRACER_WORKER_H
#define TRACER_WORKER_H

#include <sys/types.h>

/* Serves requests. Exits with EXIT_SUCCESS when the monitor is gone. `timeout_ms`: how long the
 * reading of one process may take before SIGALRM kills the worker. */
_Noreturn void worker_life(pid_t keeper, int requests, int results, int timeout_ms);

#endif
