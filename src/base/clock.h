/* SPDX-License-Identifier: MIT
 * clock.h: monotonic time in nanoseconds. Async-signal-safe.
 *
 * Runs in: every process.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND UINT64_C(1000000000)
#define CLOCK_MILLISECOND UINT64_C(1000000)
#define CLOCK_NEVER UINT64_MAX /* a deadline that never comes */

/* Returns CLOCK_MONOTONIC in nanoseconds. All processes share this clock, so time stamps in shared
 * memory are comparable. The vDSO provides it without a system call. */
static inline uint64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * CLOCK_SECOND + (uint64_t)t.tv_nsec;
}

/* Sets *deadline to `other` if that comes first. */
static inline void clock_sooner(uint64_t *deadline, uint64_t other)
{
    if (other < *deadline)
        *deadline = other;
}

/* Returns the milliseconds from now to the deadline, rounded up, for poll(): -1 for CLOCK_NEVER, 0
 * for a deadline that is past. */
int clock_poll_timeout(uint64_t deadline);

#endif
