/* SPDX-License-Identifier: MIT
 * clock.c: see clock.h.
 */
#include "base/clock.h"

#include <limits.h>

int clock_poll_timeout(uint64_t deadline)
{
    if (deadline == CLOCK_NEVER)
        return -1;
    uint64_t now = clock_now();
    if (deadline <= now)
        return 0;
    uint64_t left = (deadline - now - 1) / CLOCK_MILLISECOND + 1;
    return left > INT_MAX ? INT_MAX : (int)left;
}

enum { READINGS = 8 };
#define READING_NS CLOCK_MILLISECOND /* a reading that takes longer was interrupted */
#define JUMP_NS ((int64_t)CLOCK_SECOND / 2)

static int64_t read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * (int64_t)CLOCK_SECOND + t.tv_nsec;
}

struct clock_lead clock_lead(void)
{
    struct clock_lead lead = { 0, 0 };
    for (int i = 0; i < READINGS; i++) {
        uint64_t before = clock_now();
        lead.boottime = read_clock(CLOCK_BOOTTIME) - (int64_t)before;
        lead.realtime = read_clock(CLOCK_REALTIME) - (int64_t)before;
        if (clock_now() - before < READING_NS)
            break;
    }
    return lead;
}

static bool differ(int64_t a, int64_t b)
{
    return a - b > JUMP_NS || b - a > JUMP_NS;
}

bool clock_jumped(struct clock_lead *last, struct clock_lead now)
{
    bool jumped = differ(last->boottime, now.boottime) || differ(last->realtime, now.realtime);
    *last = now;
    return jumped;
}
