/* SPDX-License-Identifier: MIT
 * lock.h: the contents of a struct stress_lock.
 *
 * Runs in: supervisor, runner.
 */
#ifndef ENV_LOCK_H
#define ENV_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "stress.h"

/* "lock" and a random number: in memory of the user's it stands for nothing else. */
#define LOCK_MAGIC UINT64_C(0x6b636f6c93a1d25e)

struct lock {
    _Atomic uint64_t magic; /* LOCK_MAGIC: initialised */
    pthread_mutex_t mutex;
};
_Static_assert(sizeof(struct lock) <= sizeof(struct stress_lock), "no room for the mutex");
_Static_assert(_Alignof(struct lock) <= _Alignof(struct stress_lock), "the mutex is misaligned");

/* The memory is that of a machine that has died: makes all initialised locks in it free. Nothing
 * else has begun to use it. */
void lock_renew(void *memory, uint64_t size);

#endif
