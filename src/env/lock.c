/* SPDX-License-Identifier: MIT
 * lock.c: robust process-shared mutexes. Every process.
 */
#include <errno.h>

#include "stress.h"

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

int stress_lock_take(struct stress_lock *lock)
{
    int failed = pthread_mutex_lock(&lock->mutex);
    /* Consistent at once: the taker is told, and repairs what the lock guards. */
    if (failed == EOWNERDEAD && pthread_mutex_consistent(&lock->mutex) != 0)
        return -ENOTRECOVERABLE;
    return -failed;
}

int stress_lock_release(struct stress_lock *lock)
{
    return -pthread_mutex_unlock(&lock->mutex);
}
