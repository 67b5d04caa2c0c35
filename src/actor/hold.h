/* SPDX-License-Identifier: MIT
 * hold.h: a runner waits until a debugger is attached to it, and stops in it.
 *
 * Runs in: runner.
 */
#ifndef ACTOR_HOLD_H
#define ACTOR_HOLD_H

void hold_for_debugger(void);

#endif
