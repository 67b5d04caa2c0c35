/* SPDX-License-Identifier: MIT
 * slice.c: see slice.h.
 */
#include "base/slice.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void slice_shorten(void)
{
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = { .size = 48, .policy = SCHED_OTHER, .flags = 1 /* reset on fork */,
                     .nice = getpriority(PRIO_PROCESS, 0), .runtime = 100000 };
    if (sched_getscheduler(0) != SCHED_OTHER || attributes.nice < 0) /* the user's own choice */
        return;
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}
