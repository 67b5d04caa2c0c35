/* SPDX-License-Identifier: MIT
 * crash.h: the crash handler: a dying runner writes signal, code, address and thread into its slot
 * and has its stack read. The supervisor learns of the death itself from waitid() in any case.
 *
 * Runs in: supervisor, runner.
 */
#ifndef ACTOR_CRASH_H
#define ACTOR_CRASH_H

#include "memory/memory.h"

/* Supervisor, once before it forks: installs handlers for the crash signals that have their default
 * action, so handlers of the workload and of sanitizers stay. They run on an alternate stack, so
 * that a stack overflow is recorded, too. Runners inherit them; they record nothing before
 * crash_arm(). The handler asks the keeper on the socket `tracer` (-1: none) to read the stack, and
 * waits at most `hold_ms`. Returns 0, or -1 with errno. */
int crash_install(int tracer, int hold_ms);
/* Runner: records crashes in this slot from now on. Async-signal-safe. */
void crash_arm(struct layout_slot *slot);

#endif
