/* SPDX-License-Identifier: MIT
 * tracer.h: who reads stacks: a child of the monitor that runs no user code (the keeper), and its
 * own child that does the work. What is read may be hostile: when the worker crashes or takes too
 * long (it has an alarm set) the keeper forks another. The keeper's pid stays the same over the
 * run: it is the one whom a process that may be read declares (PR_SET_PTRACER, where Yama wants
 * that). Called by the monitor.
 *
 * Runs in: monitor (the functions), tracer (what they fork).
 */
#ifndef TRACER_TRACER_H
#define TRACER_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"
#include "tracer/module.h"
#include "tracer/result.h"

struct tracer {
    pid_t pid;    /* of the keeper; 0: none */
    int requests; /* supervisors inherit it: struct trace_request goes in */
    int results;  /* struct trace_result comes out */
};

/* `debuginfod`: what DEBUGINFOD_URLS says is asked for debug information, else not. */
int tracer_start(struct tracer *tracer, bool debuginfod, struct error *error);
/* Ends both processes and closes both descriptors. */
void tracer_stop(struct tracer *tracer);
/* One result that is there already, and its descriptor. False: none (any more). `results` is closed
 * when the tracer is gone. */
bool tracer_receive(struct tracer *tracer, struct trace_result *ret, int *ret_fd);
/* How long who asks has to wait for it, in ms. */
int tracer_hold_ms(bool debuginfod);

#endif
