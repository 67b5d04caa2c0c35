/* SPDX-License-Identifier: MIT
 * loop.c: see loop.h.
 */
#include "supervisor/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "supervisor/outbox.h"
#include "supervisor/reap.h"
#include "supervisor/reset.h"
#include "supervisor/run.h"
#include "supervisor/runners.h"
#include "supervisor/tickets.h"
#include "supervisor/watch.h"

static int on_wire(struct supervisor *s, struct error *error)
{
    return run_hear(s, false, error);
}

static int on_signals(struct supervisor *s, struct error *error)
{
    struct signalfd_siginfo info[16];
    while (read(s->signals, info, sizeof info) > 0)
        continue; /* one look at all children serves all signals */
    return reap_all(s, error);
}

static int on_tickets(struct supervisor *s, struct error *error)
{
    uint64_t calls[64];
    (void)error;
    while (read(s->tickets_calls, calls, sizeof calls) > 0)
        continue;
    tickets_serve(s);
    return 0;
}

static int on_stacks(struct supervisor *s, struct error *error)
{
    return runners_examined(s, error);
}

typedef int handler(struct supervisor *s, struct error *error);
static handler *const handlers[] = { on_wire, on_signals, on_tickets, on_stacks };

int loop_open(struct supervisor *s, struct error *error)
{
    sigset_t mask;
    int calls[2] = { -1, -1 };
    slice_shorten();
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    s->epoll = fd_raise(epoll_create1(EPOLL_CLOEXEC));
    s->signals = fd_raise(signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
    /* Not an eventfd: a runner that makes its end block must not make ours block. */
    if (pipe2(calls, O_NONBLOCK | O_CLOEXEC) < 0)
        return error_set(error, errno, "cannot make the pipe that asks for tickets");
    s->tickets_calls = fd_raise(calls[0]);
    s->child.tickets_calls = fd_raise(calls[1]);
    if (s->epoll < 0 || s->signals < 0 || s->tickets_calls < 0 || s->child.tickets_calls < 0)
        return error_set(error, errno, "cannot open the supervisor's event descriptors");
    const int fds[] = { s->wire, s->signals, s->tickets_calls, s->stack_answers };
    for (uint32_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
        if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fds[i], &event) < 0)
            return error_set(error, errno, "cannot watch the supervisor's event descriptors");
    }
    sigprocmask(SIG_BLOCK, &mask, &s->child.signals);
    return 0;
}

static int wait_once(struct supervisor *s, struct error *error)
{
    struct epoll_event events[4];
    if (s->deaths_unseen)
        return reap_all(s, error); /* this may end the run: look at its state again */
    uint64_t deadline = runners_deadline(s);
    if (s->state == RUN_RUNNING)
        clock_sooner(&deadline, watch_deadline(s));
    int timeout = clock_poll_timeout(deadline);
    if (s->outbox.used > 0 && (timeout < 0 || timeout > OUTBOX_WAIT_MS))
        timeout = OUTBOX_WAIT_MS;
    int n = epoll_wait(s->epoll, events, 4, timeout);
    if (n < 0 && errno != EINTR)
        return error_set(error, errno, "cannot wait for events");
    if (n == 0 && outbox_flush(s, error) < 0)
        return -1;
    for (int i = 0; i < n; i++)
        if (handlers[events[i].data.u32](s, error) < 0)
            return -1;
    if (s->state == RUN_RUNNING)
        watch_expire(s, clock_now());
    return runners_expire(s, clock_now(), error);
}

int loop_run(struct supervisor *s, struct error *error)
{
    while (s->state != RUN_OVER) {
        int failed = s->state == RUN_RESETTING ? reset_perform(s, error) : wait_once(s, error);
        if (failed < 0)
            return -1;
    }
    return 0;
}
