/* SPDX-License-Identifier: MIT
 * hold.h: makes a runner wait for a debugger to attach, and then stop in it.
 *
 * Runs in: runner.
 */
#ifndef ACTOR_HOLD_H
#define ACTOR_HOLD_H

/* Waits for at most a minute, then returns without a debugger. */
void hold_for_debugger(void);

#endif
