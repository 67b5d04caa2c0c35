/* SPDX-License-Identifier: MIT
 * hold.c: see hold.h. The debugger is not an ancestor of the runner (`replay` starts it), so under
 * Yama the runner must permit it to attach.
 */
#include "actor/hold.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum { WAITS = 6000 }; /* of 10 ms: one minute */

static int tracer(void)
{
    char line[256];
    int pid = 0;
    FILE *file = fopen("/proc/self/status", "re");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "TracerPid:", 10) == 0)
            pid = atoi(line + 10);
    fclose(file);
    return pid;
}

void hold_for_debugger(void)
{
    const struct timespec pause = { .tv_nsec = 10000000 };
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* fails without Yama, where it is not needed */
    for (int i = 0; i < WAITS; i++, nanosleep(&pause, NULL))
        if (tracer() != 0) {
            raise(SIGTRAP); /* the debugger stops here, just before the operation */
            return;
        }
}
