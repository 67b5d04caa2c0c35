/* SPDX-License-Identifier: MIT
 * stack.h: the stack of a call, kept as it is: registers, the last bytes of the stack, and what is
 * mapped where. Frames are made of it later, if a finding asks (tracer/frames.h). Not
 * async-signal-safe.
 *
 * A stack that was seen before is not kept again. It is the same if the call is made from the same
 * place, and if the same addresses of code lie at the same places of the stack.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_STACK_H
#define RECORDER_STACK_H

#include "recorder/state.h"

/* The thread is at the entry of the call in task->visit. Returns what the call of the recording has
 * of its stack; 0: nothing. */
uint64_t stack_take(struct recorder *recorder, struct task *task);
/* A process or a thread was born: its code lies where that of its parent does. */
void stack_inherit(struct task *child, const struct task *parent);
/* The process has other code from now on, by execve(2) or by mmap(2). */
void stack_moved(struct recorder *recorder, pid_t process);
/* The thread is gone. */
void stack_leave(struct task *task);
void stack_free(struct recorder *recorder);

#endif
