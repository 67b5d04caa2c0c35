/* SPDX-License-Identifier: MIT
 * calls.h: the calls of operations as points, and the operations that make them. Not
 * async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_CALLS_H
#define RECORDER_CALLS_H

#include "recorder/state.h"

/* Writes down a call at its entry, if it is a point: one that an operation makes, that the rule of
 * the run asks for. Sets task->visit.call. */
void calls_begin(struct recorder *recorder, struct task *task);
/* Other calls were made since the entry: the call has its effect now, and its point lies here. */
void calls_moved(const struct recorder *recorder, struct task *task);
/* Gives the call its result and counts its steps. */
void calls_end(struct recorder *recorder, const struct task *task, int64_t result);
/* Looks which operations the runners perform, since one that uses a server need not make a call
 * that is recorded, and at the memory of the workload. It is looked at in between: what an
 * operation has noted must not be missing where the operation has ended. */
void calls_look(struct recorder *recorder);
/* A command ended: so did its operation. `status`: of waitpid(2). */
void calls_command_ended(struct recorder *recorder, struct subject_process *subject, int status);
/* An operation begins, if it is not the one that is known already. */
void calls_operation(struct recorder *recorder, struct subject_process *subject,
                     const struct share_call *call);

#endif
