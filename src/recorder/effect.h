/* SPDX-License-Identifier: MIT
 * effect.h: what each system call does to the disk: what has to be known before it is made, and the
 * steps that it took. Not async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_EFFECT_H
#define RECORDER_EFFECT_H

#include "recorder/state.h"

/* Does the recorder have to see the exit of this call? Fills in what is to be known of it at its
 * entry, in task->visit. A call on what is not in the disk has no exit to be seen. */
bool effect_begin(struct recorder *recorder, struct task *task);
/* Can a crash take back what the call does? */
bool effect_is_lost(const struct visit *visit);
/* Makes the call for the target, through the copy of its descriptor, which saves a stop; its result
 * is task->visit.result then. False: the target is to make it. Only calls that need no right, know
 * no limit and take no memory of the target are made so. */
bool effect_make(const struct recorder *recorder, struct task *task);
/* The call has returned: writes its steps. */
void effect_end(struct recorder *recorder, struct task *task);
/* The call did not return, or need not be seen. */
void effect_drop(struct visit *visit);

#endif
