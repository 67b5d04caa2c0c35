/* SPDX-License-Identifier: MIT
 * lock.c: robust process-shared mutexes in the user's memory. Any process, any thread.
 */
#include "env/lock.h"

#include <errno.h>

#include "base/base.h"

/* How long a waiting thread sleeps before it tries again without being woken. */
#define LOCK_LOOK_AGAIN_NS (10 * CLOCK_MILLISECOND)

/* Returns NULL if the lock was not initialised. */
static pthread_mutex_t *mutex_of(struct stress_lock *public)
{
    struct lock *lock = (struct lock *)public;
    return lock && atomic_load(&lock->magic) == LOCK_MAGIC ? &lock->mutex : NULL;
}

static int init_mutex(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;
    int failed = pthread_mutexattr_init(&attributes);
    if (failed)
        return failed;
    failed = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (!failed)
        failed = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (!failed)
        failed = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    if (!failed)
        failed = pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return failed;
}

int stress_lock_init(struct stress_lock *public)
{
    struct lock *lock = (struct lock *)public;
    if (!lock)
        return -EINVAL;
    if (mutex_of(public))
        return 0;
    int failed = init_mutex(&lock->mutex);
    if (!failed)
        atomic_store(&lock->magic, LOCK_MAGIC);
    return -failed;
}

/* glibc can lose a wake-up: a waiting thread is woken, is killed before it takes the lock, and
 * another thread has taken the lock meanwhile, whose unlock then wakes no other (seen in 3 % of
 * random SIGKILLs under contention). So each sleep is limited, and the thread tries again. */
static int take_contended(pthread_mutex_t *mutex, uint64_t deadline)
{
    int failed;
    uint64_t until;
    do {
        until = clock_now() + LOCK_LOOK_AGAIN_NS;
        if (until > deadline)
            until = deadline;
        struct timespec at = { .tv_sec = (time_t)(until / CLOCK_SECOND),
                               .tv_nsec = (long)(until % CLOCK_SECOND) };
        failed = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &at);
    } while (failed == ETIMEDOUT && until < deadline);
    return failed;
}

/* Takes the lock; waits at most `wait_ns`. */
static int take(struct stress_lock *lock, uint64_t wait_ns)
{
    pthread_mutex_t *mutex = mutex_of(lock);
    if (!mutex)
        return -EINVAL;
    int failed = pthread_mutex_trylock(mutex);
    if (failed == EBUSY) /* maybe held by this thread: clocklock reports that */
        failed = take_contended(mutex, wait_ns == CLOCK_NEVER ? wait_ns : clock_now() + wait_ns);
    /* Mark it consistent now: the caller learns of it and repairs what the lock guards. */
    if (failed == EOWNERDEAD && pthread_mutex_consistent(mutex) != 0)
        return -ENOTRECOVERABLE;
    return -failed;
}

void lock_renew(void *memory, uint64_t size)
{
    for (uint64_t at = 0; size >= sizeof(struct lock) && at <= size - sizeof(struct lock);
         at += _Alignof(struct lock)) {
        struct lock *lock = (struct lock *)(void *)((unsigned char *)memory + at);
        if (atomic_load(&lock->magic) == LOCK_MAGIC)
            init_mutex(&lock->mutex);
    }
}

int stress_lock_take(struct stress_lock *lock)
{
    return take(lock, CLOCK_NEVER);
}

int stress_lock_try(struct stress_lock *lock, unsigned timeout_ms)
{
    return take(lock, timeout_ms * CLOCK_MILLISECOND);
}

int stress_lock_release(struct stress_lock *lock)
{
    pthread_mutex_t *mutex = mutex_of(lock);
    return mutex ? -pthread_mutex_unlock(mutex) : -EINVAL;
}
