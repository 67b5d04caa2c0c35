/* SPDX-License-Identifier: MIT
 * stop.c: see stop.h.
 */
#include "cli/stop.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/base.h"

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
enum { STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals };

static volatile sig_atomic_t stop_first;
static volatile sig_atomic_t stop_count;
static sigset_t stop_caught, stop_before, stop_within; /* caught; masks: at first, in cli_wait() */

static void on_signal(int signo)
{
    if (signo == SIGCHLD)
        return; /* it only ends the wait */
    if (!stop_first)
        stop_first = signo;
    stop_count = stop_count + 1;
}

void cli_stop_signals(sigset_t *ret)
{
    struct sigaction now;
    sigemptyset(ret);
    for (size_t i = 0; i < STOP_SIGNALS; i++)
        if (sigaction(stop_signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(ret, stop_signals[i]);
}

static void handle(const sigset_t *set, void (*handler)(int))
{
    const struct sigaction action = { .sa_handler = handler, .sa_mask = *set };
    for (int signo = 1; signo < SIGRTMIN; signo++)
        if (sigismember(set, signo) == 1)
            sigaction(signo, &action, NULL);
}

void cli_catch_signals(void)
{
    cli_stop_signals(&stop_caught);
    sigaddset(&stop_caught, SIGCHLD);
    sigprocmask(SIG_BLOCK, &stop_caught, &stop_before);
    stop_within = stop_before;
    for (int signo = 1; signo < SIGRTMIN; signo++)
        if (sigismember(&stop_caught, signo) == 1)
            sigdelset(&stop_within, signo);
    handle(&stop_caught, on_signal);
}

/* Takes one pending signal (the handler blocks the others). Returns false if none is pending. */
static bool take_pending(void)
{
    return ppoll(NULL, 0, &(const struct timespec){ 0, 0 }, &stop_within) < 0;
}

int cli_wait(struct pollfd *fds, unsigned n, uint64_t deadline)
{
    uint64_t now = clock_now(), left = deadline > now ? deadline - now : 0;
    const struct timespec timeout = { (time_t)(left / CLOCK_SECOND), (long)(left % CLOCK_SECOND) };
    int ready = ppoll(fds, n, deadline == CLOCK_NEVER ? NULL : &timeout, &stop_within);
    if (ready > 0)
        take_pending(); /* even if a descriptor is always ready, signals must arrive */
    return ready;
}

int cli_stopped(void)
{
    return stop_first;
}

unsigned cli_signals(void)
{
    return (unsigned)stop_count;
}

void cli_forget_signals(void)
{
    while (take_pending())
        continue;
    stop_first = stop_count = 0;
}

void cli_default_signals(void)
{
    handle(&stop_caught, SIG_DFL);
    sigprocmask(SIG_SETMASK, &stop_before, NULL);
}
