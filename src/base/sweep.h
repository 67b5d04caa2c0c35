/* SPDX-License-Identifier: MIT
 * sweep.h: kills and reaps stray processes.
 *
 * A process that is a child subreaper inherits every orphan below it. Call this from such a process
 * while it has one thread. It allocates no memory. Not async-signal-safe.
 *
 * Runs in: monitor, warden, supervisor.
 */
#ifndef BASE_SWEEP_H
#define BASE_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Kills (SIGKILL) and reaps every child of this process except keep[0 .. n), and the orphans that
 * it inherits meanwhile, until only those are left or the deadline (clock_now()) is past. Kills the
 * children of a process that does not die, too. Returns how many were killed, or -1 with errno
 * (ETIMEDOUT: some hang in the kernel and are left). */
int sweep_children(const pid_t *keep, size_t n, uint64_t deadline);

/* Is this child, which is about to be killed or is dead already, to be counted? */
typedef bool sweep_counts_fn(void *user, pid_t pid);
/* The same, but returns how many of the processes were to be counted. */
int sweep_counting(const pid_t *keep, size_t n, uint64_t deadline, sweep_counts_fn *counts,
                   void *user);

#endif
