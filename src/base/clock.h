/* SPDX-License-Identifier: MIT
 * clock.h: monotonic time in nanoseconds. Async-signal-safe.
 *
 * Runs in: every process.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
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

/* How far two clocks are ahead of CLOCK_MONOTONIC, in ns. */
struct clock_lead {
    int64_t boottime; /* grows while the machine sleeps */
    int64_t realtime; /* changes when the clock is set */
};
/* Reads it. */
struct clock_lead clock_lead(void);
/* Is `now` more than half a second away from *last, which it then replaces? A clock that is steered
 * moves by less between two looks. */
bool clock_jumped(struct clock_lead *last, struct clock_lead now);

#endif
