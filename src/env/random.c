/* SPDX-License-Identifier: MIT
 * random.c: the streams of random numbers of <stress.h>, in the user's memory.
 */
#include <string.h>

#include "base/base.h"
#include "env/env.h"

uint64_t stress_random_next(struct stress_random *random)
{
    return random_next(random_inside(random));
}

uint64_t stress_random_below(struct stress_random *random, uint64_t bound)
{
    return random_below(random_inside(random), bound);
}

bool stress_random_chance(struct stress_random *random, double chance)
{
    return random_unit(random_inside(random)) < chance;
}

void stress_random_bytes(struct stress_random *random, void *bytes, size_t size)
{
    unsigned char *to = bytes;
    while (size > 0) {
        uint64_t draw = random_next(random_inside(random));
        size_t n = size < sizeof draw ? size : sizeof draw;
        memcpy(to, &draw, n);
        to += n;
        size -= n;
    }
}
