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
 * entry. A call on what is not in the disk has no exit to be seen. */
bool effect_begin(struct recorder *recorder, const struct task *task, struct visit *visit);
/* The call has returned: writes its steps. */
void effect_end(struct recorder *recorder, const struct task *task, struct visit *visit,
                int64_t result);
/* The call did not return, or need not be seen. */
void effect_drop(struct visit *visit);
/* A process has closed descriptors, or all of them (`ended`): writes the closes of files that it
 * had cut. */
void effect_closed(struct recorder *recorder, pid_t process, bool ended);

#endif
