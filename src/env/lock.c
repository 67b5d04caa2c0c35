/* SPDX-License-Identifier: MIT
 * lock.c: robust process-shared mutexes. Every process.
 */
#include <errno.h>

#include "base/base.h"
#include "stress.h"

/* How long a sleeping taker trusts that it will be woken. */
#define LOCK_LOOK_AGAIN_NS (10 * CLOCK_MILLISECOND)

int stress_lock_init(struct stress_lock *lock)
{
    pthread_mutexattr_t attributes;
    int failed = pthread_mutexattr_init(&attributes);
    if (failed)
        return -failed;
    failed = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (!failed)
        failed = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (!failed)
        failed = pthread_mutex_init(&lock->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return -failed;
}

/* A taker that is killed after it was woken and before it takes the lock takes the wake-up of all
 * the others with it when somebody else has taken the lock meanwhile: glibc then unlocks without
 * waking (seen in 3 % of random SIGKILLs under contention). So nobody sleeps for ever. */
static int take_contended(pthread_mutex_t *mutex)
{
    int failed;
    do {
        uint64_t until = clock_now() + LOCK_LOOK_AGAIN_NS;
        struct timespec at = { .tv_sec = (time_t)(until / CLOCK_SECOND),
                               .tv_nsec = (long)(until % CLOCK_SECOND) };
        failed = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &at);
    } while (failed == ETIMEDOUT);
    return failed;
}

int stress_lock_take(struct stress_lock *lock)
{
    int failed = pthread_mutex_trylock(&lock->mutex);
    if (failed == EBUSY)
        failed = take_contended(&lock->mutex);
    /* Consistent at once: the taker is told, and repairs what the lock guards. */
    if (failed == EOWNERDEAD && pthread_mutex_consistent(&lock->mutex) != 0)
        return -ENOTRECOVERABLE;
    return -failed;
}

int stress_lock_release(struct stress_lock *lock)
{
    return -pthread_mutex_unlock(&lock->mutex);
}
