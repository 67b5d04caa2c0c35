/* SPDX-License-Identifier: MIT
 * tracer.h: the processes that read stacks: the keeper, a child of the monitor, and the keeper's
 * own child, the worker. Both run no user code.
 *
 * What the worker reads may be hostile. When the worker crashes or takes too long (it sets an
 * alarm), the keeper forks another. The keeper keeps its pid over the whole run: where Yama
 * requires it, a process that may be read declares this pid with PR_SET_PTRACER. Not
 * async-signal-safe.
 *
 * Runs in: monitor (the functions), tracer (what they fork).
 */
#ifndef TRACER_TRACER_H
#define TRACER_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"
#include "tracer/frames.h"
#include "tracer/module.h"
#include "tracer/result.h"
#include "tracer/sample.h"

struct tracer {
    pid_t pid;    /* of the keeper; 0: none */
    int requests; /* takes struct trace_request; supervisors inherit it */
    int results;  /* gives struct trace_result; -1: the tracer is gone */
};

/* Forks the keeper. `debuginfod`: ask the servers in DEBUGINFOD_URLS for debug information. Returns
 * 0, or -1 with `error`. */
int tracer_start(struct tracer *tracer, bool debuginfod, struct error *error);
/* Kills and reaps both processes and closes both descriptors. */
void tracer_stop(struct tracer *tracer);
/* Receives one result without waiting. *ret_fd is the caller's to close; -1: the result was
 * invalid. Returns false if no result is there. Closes `results` when the tracer is gone. */
bool tracer_receive(struct tracer *tracer, struct trace_result *ret, int *ret_fd);
/* Returns how long a process that asks for its stack waits for it, in ms. */
int tracer_hold_ms(bool debuginfod);

#endif
