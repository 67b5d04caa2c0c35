/* SPDX-License-Identifier: MIT
 * clock.h: monotonic time in nanoseconds. async-signal-safe.
 *
 * Runs in: every process.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND UINT64_C(1000000000)
#define CLOCK_MILLISECOND UINT64_C(1000000)
#define CLOCK_NEVER UINT64_MAX /* a deadline that does not come */

/* CLOCK_MONOTONIC: the same in every process, so stamps from shared memory can be compared. It is
 * read through the vDSO: no system call. */
static inline uint64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * CLOCK_SECOND + (uint64_t)t.tv_nsec;
}

/* Of two deadlines the one that comes first. */
static inline void clock_sooner(uint64_t *deadline, uint64_t other)
{
    if (other < *deadline)
        *deadline = other;
}

/* Milliseconds from now to a deadline, rounded up, for poll(): -1 for CLOCK_NEVER, 0 if past. */
int clock_poll_timeout(uint64_t deadline);

#endif
