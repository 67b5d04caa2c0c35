/* SPDX-License-Identifier: MIT
 * crash.h: what a dying runner can still do of its own: write signal, code, address, thread into
 * its slot, and have its stack read. The death itself is known to the supervisor from its siginfo
 * in any case.
 *
 * Runs in: supervisor, runner.
 */
#ifndef ACTOR_CRASH_H
#define ACTOR_CRASH_H

#include "memory/memory.h"

/* Supervisor, once before it forks: handlers for the signals of a crash that are at their default,
 * on a stack of their own, so that a stack overflow is recorded, too. A handler of the workload's
 * or of a sanitizer stays. Runners inherit them; until crash_arm() they record nothing. 0, or -1
 * with errno. Before it dies it asks the tracer on that socket for a stack, and waits for it so
 * long. */
int crash_install(int tracer, int hold_ms);
/* Runner: from now on a crash is recorded in this slot. Async-signal-safe. */
void crash_arm(struct layout_slot *slot);

#endif
