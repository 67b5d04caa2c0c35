/* SPDX-License-Identifier: MIT
 * sentinel.c: see sentinel.h.
 */
#include "recorder/sentinel.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 8 };

static _Noreturn void watch(const int *fds, unsigned n)
{
    struct pollfd polled[MOST];
    for (unsigned i = 0; i < n && i < MOST; i++)
        polled[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
    prctl(PR_SET_NAME, "stress-sentinel");
    for (;;)
        if (poll(polled, n, -1) > 0)
            raise(SIGSTOP);
}

bool sentinel_start(struct recorder *recorder, const int *fds, unsigned n)
{
    pid_t parent = getpid();
    recorder->sentinel = fork();
    if (recorder->sentinel == 0) {
        /* If the parent has died before, no signal will come. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
            _exit(EXIT_FAILURE);
        watch(fds, n);
    }
    recorder->sentinel_stopped = false;
    return recorder->sentinel > 0;
}

void sentinel_go_on(struct recorder *recorder)
{
    if (recorder->sentinel_stopped)
        kill(recorder->sentinel, SIGCONT);
    recorder->sentinel_stopped = false;
}

bool sentinel_event(struct recorder *recorder, const siginfo_t *info)
{
    if (recorder->sentinel <= 0 || info->si_pid != recorder->sentinel)
        return false;
    recorder->sentinel_stopped = info->si_code == CLD_STOPPED;
    if (!recorder->sentinel_stopped) /* it was killed */
        recorder->sentinel = 0;
    return true;
}

void sentinel_end(struct recorder *recorder)
{
    if (recorder->sentinel <= 0)
        return;
    kill(recorder->sentinel, SIGKILL);
    while (waitpid(recorder->sentinel, NULL, 0) < 0 && errno == EINTR)
        continue;
    recorder->sentinel = 0;
}
