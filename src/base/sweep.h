/* SPDX-License-Identifier: MIT
 * sweep.h: nobody is left behind. A process that is a child subreaper inherits every orphan below
 * it; this kills and reaps them. Any single-threaded process; no allocation.
 *
 * Runs in: monitor, warden, supervisor.
 */
#ifndef BASE_SWEEP_H
#define BASE_SWEEP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* SIGKILLs and reaps every child of this process but those in keep[0 .. n), and what then becomes
 * its child, until only those are left or the deadline (clock_now()) is past; of one that does not
 * die the children, too. Returns how many were killed, or -1 with errno (ETIMEDOUT: some are left;
 * they are in the kernel's hands). */
int sweep_children(const pid_t *keep, size_t n, uint64_t deadline);

#endif
