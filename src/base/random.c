/* SPDX-License-Identifier: MIT
 * random.c: keys and bounded draws. Any process.
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

uint64_t random_below(struct random_stream *stream, uint64_t bound)
{
    if (bound == 0)
        return 0;
    unsigned __int128 product = (unsigned __int128)random_next(stream) * bound;
    uint64_t low = (uint64_t)product;
    if (low < bound) {
        uint64_t threshold = -bound % bound; /* 2^64 mod bound */
        while (low < threshold) {
            product = (unsigned __int128)random_next(stream) * bound;
            low = (uint64_t)product;
        }
    }
    return (uint64_t)(product >> 64);
}

int random_seed_fresh(uint64_t *seed)
{
    ssize_t n;
    while ((n = getrandom(seed, sizeof *seed, 0)) < 0 && errno == EINTR)
        continue;
    return n == sizeof *seed ? 0 : -1;
}
