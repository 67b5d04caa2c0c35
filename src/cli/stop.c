/* SPDX-License-Identifier: MIT
 * stop.c: see stop.h.
 */
#include "cli/stop.h"

#include <signal.h>
#include <stddef.h>

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };
enum { STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals };

static volatile sig_atomic_t stop_signal;

static void on_signal(int signo)
{
    if (!stop_signal)
        stop_signal = signo;
}

/* Without SA_RESTART: whoever waits must see it. */
static void set_all(void (*handler)(int))
{
    const struct sigaction action = { .sa_handler = handler };
    for (size_t i = 0; i < STOP_SIGNALS; i++)
        sigaction(stop_signals[i], &action, NULL);
}

void cli_catch_signals(void)
{
    set_all(on_signal);
}

int cli_stopped(void)
{
    return stop_signal;
}

void cli_forget_signal(void)
{
    stop_signal = 0;
}

void cli_default_signals(void)
{
    set_all(SIG_DFL);
}
