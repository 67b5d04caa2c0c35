/* SPDX-License-Identifier: MIT
 * forked.h: what a process does first that goes on as a monitor of its own, without an exec: a
 * worker of crash, a trial of replay and shrink. Monitor only.
 */
#ifndef SESSION_FORKED_H
#define SESSION_FORKED_H

#include <sys/types.h>

/* The signals that end a command do so again, and it dies with `parent`. -1: it cannot, or the
 * parent is gone already. Async-signal-safe. */
int forked_begin(pid_t parent);

#endif
