/* SPDX-License-Identifier: MIT
 * ticks.c: see ticks.h.
 */
#include "vm/ticks.h"

#if defined __x86_64__ || defined __i386__
#include <x86intrin.h>
#endif

#include "base/base.h"

enum { TICKS_TRIES = 32 };

static uint64_t read_counter(void)
{
#if defined __x86_64__ || defined __i386__
    return __rdtsc();
#else
    return 0;
#endif
}

/* Of several tries the one in which the least time went by between the two. */
struct ticks ticks_now(void)
{
    struct ticks best = { .ns = 0 };
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < TICKS_TRIES; i++) {
        uint64_t before = clock_now(), ticks = read_counter(), took = clock_now() - before;
        if (took < least)
            best = (struct ticks){ before + took / 2, ticks };
        least = took < least ? took : least;
    }
    return best;
}

uint64_t ticks_khz(const struct ticks *since)
{
    struct ticks now = ticks_now();
    if (now.ticks <= since->ticks || now.ns <= since->ns)
        return 0;
    return (uint64_t)((double)(now.ticks - since->ticks) / (double)(now.ns - since->ns) * 1e6);
}
