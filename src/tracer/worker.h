/* SPDX-License-Identifier: MIT
 * worker.h: the process that reads stacks, one request after another, and watches servers. Forked
 * by the keeper (tracer/tracer.c).
 *
 * Runs in: tracer.
 */
#ifndef TRACER_WORKER_H
#define TRACER_WORKER_H

#include <sys/types.h>

/* Ends with EXIT_SUCCESS when the monitor is gone. */
_Noreturn void worker_life(pid_t keeper, int requests, int results, int timeout_ms);

#endif
