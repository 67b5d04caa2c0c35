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

#define LOCK_MAGIC UINT32_C(0x6b636f6c) /* "lock" */

struct lock {
    _Atomic uint32_t magic; /* LOCK_MAGIC: initialised */
    pthread_mutex_t mutex;
};
_Static_assert(sizeof(struct lock) <= sizeof(struct stress_lock), "no room for the mutex");
_Static_assert(_Alignof(struct lock) <= _Alignof(struct stress_lock), "the mutex is misaligned");

#endif
