/* SPDX-License-Identifier: MIT
 * random.c: see random.h.
 */
#include "base/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

uint64_t random_actor_key(const char *type, uint32_t index)
{
    return random_mix(XXH64(type, strlen(type), 0) + index);
}

/* Returns the high half of a product; the low half is a * b. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    return (uint64_t)((unsigned __int128)a * b >> 64);
#else /* 32-bit machines */
    uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
    uint64_t middle = a_high * b_low + (a_low * b_low >> 32);
    uint64_t other = a_low * b_high + (uint32_t)middle;
    return a_high * b_high + (middle >> 32) + (other >> 32);
#endif
}

uint64_t random_below(struct random_stream *stream, uint64_t bound)
{
    if (bound == 0)
        return 0;
    uint64_t drawn = random_next(stream);
    if (drawn * bound < bound) {
        uint64_t threshold = -bound % bound; /* 2^64 mod bound */
        while (drawn * bound < threshold)
            drawn = random_next(stream);
    }
    return multiply_high(drawn, bound);
}

int random_seed_fresh(uint64_t *seed)
{
    ssize_t n;
    while ((n = getrandom(seed, sizeof *seed, 0)) < 0 && errno == EINTR)
        continue;
    return n == sizeof *seed ? 0 : -1;
}
