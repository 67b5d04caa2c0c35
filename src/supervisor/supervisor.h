/* SPDX-License-Identifier: MIT
 * supervisor.h: the supervisor process: owns the environment, runs its hooks, forks one runner per
 * actor, restarts them, keeps their deadlines, and tells the monitor. stress_main() is its way in;
 * nothing else of this folder is called from outside.
 *
 *   supervisor.c   stress_main(): handshake with the monitor, setup, the loop, the end
 *   loop.c         the event loop: waits, and dispatches to the others
 *   reset.c        the reset, and the end of the run, once all runners are gone
 *   reap.c         reaps runners and servers; settles the ledgers
 *   verdict.c      policy: what a death or an outcome means (no system calls)
 *   runners.c      the runner table: start, kill, deadlines, backoff
 *   spawn.c        forks runners and servers
 *   tickets.c      exact target_operations; serial.c, serial_list.c, turn.c: serial runs
 *   run.c          the state of the run, and the function that changes it
 *   lifecycle.c    the state tables
 *   episode.c      one supervisor after the other, without loading the workload again
 *   server.c       servers under test
 *   hooks.c        runs a hook of the environment
 *   finding.c      tells the monitor; outbox.c: messages that can wait a little
 *   injection.c    what injected faults mean for the run; breaks.c: announced breaks
 *   stack.c        has stacks read
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

#include "stress.h"

/* Does the work of stress_main(). `wire` and `output` are sockets to the monitor, the others to the
 * injector and the tracer. Returns the exit status of the process. */
int supervisor_main(const struct stress_workload *workload, int argc, char **argv, int wire,
                    int output, int injector, int tracer);

#endif
