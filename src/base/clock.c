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
