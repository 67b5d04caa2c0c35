/* SPDX-License-Identifier: MIT
 * tracer.c: see tracer.h. The worker is in worker.c.
 */
#include "tracer/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "trace/trace.h"
#include "tracer/worker.h"

enum { HOLD_WITH_NETWORK_MS = 30000 };

int tracer_hold_ms(bool debuginfod)
{
    return debuginfod ? HOLD_WITH_NETWORK_MS : TRACE_HOLD_MS;
}

/* ---- keeper ------------------------------------------------------------------------------ */

/* Opens /dev/null as the standard descriptors and closes all others except these two. */
static void let_go(int requests, int results)
{
    unsigned low = (unsigned)(requests < results ? requests : results);
    unsigned high = (unsigned)(requests < results ? results : requests);
    for (int i = 0; i <= STDERR_FILENO; i++)
        fd_redirect(-1, i);
    if (low > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, low - 1, 0);
    if (high > low + 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0u, 0);
}

static void settle_signals(void)
{
    static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGUSR1, SIGUSR2 };
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Waits for a request before there is a worker: most runs never make one. */
static void wait_for_request(int requests, int results)
{
    struct pollfd fds[] = { { .fd = requests, .events = POLLIN }, { .fd = results } };
    fd_wait_any(fds, 2);
    if (fds[1].revents)
        _exit(EXIT_SUCCESS);
}

/* True: it said that the monitor is gone. */
static bool run_worker(int requests, int results, int timeout_ms)
{
    int status;
    pid_t self = getpid(), worker = fork();
    if (worker == 0)
        worker_life(self, requests, results, timeout_ms);
    if (worker < 0)
        return false;
    while (waitpid(worker, &status, WUNTRACED) < 0 && errno == EINTR)
        continue;
    if (WIFSTOPPED(status)) { /* its alarm would not wake it */
        kill(worker, SIGKILL);
        while (waitpid(worker, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* Forks one worker after another, until one finds that the monitor is gone. */
static _Noreturn void keep(pid_t monitor, int requests, int results, int timeout_ms)
{
    const struct timespec pause = { 0, 20000000 }; /* between a worker that died and the next */
    settle_signals();
    prctl(PR_SET_NAME, "stress-tracer");
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != monitor)
        _exit(EXIT_FAILURE);
    let_go(requests, results);
    for (;;) {
        wait_for_request(requests, results);
        if (run_worker(requests, results, timeout_ms))
            _exit(EXIT_SUCCESS);
        nanosleep(&pause, NULL);
    }
}

/* ---- monitor ----------------------------------------------------------------------------- */

static int open_ends(int requests[2], int results[2], struct error *error)
{
    const int on = 1, size = 1 << 20;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, requests) < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, results) < 0)
        return error_set(error, errno, "cannot make the tracer's sockets");
    if (setsockopt(requests[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        return error_set(error, errno, "cannot make the tracer's socket pass credentials");
    /* Best effort: a smaller buffer holds fewer requests at a time. */
    setsockopt(requests[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return 0;
}

int tracer_start(struct tracer *tracer, bool debuginfod, struct error *error)
{
    int requests[2] = { -1, -1 }, results[2] = { -1, -1 };
    pid_t self = getpid();
    int opened = open_ends(requests, results, error);
    pid_t pid = opened < 0 ? -1 : fork();
    if (pid == 0) {
        if (!debuginfod)
            unsetenv("DEBUGINFOD_URLS"); /* asking the network takes long */
        keep(self, requests[0], results[0], tracer_hold_ms(debuginfod) * 3 / 4);
    }
    if (opened == 0 && pid < 0)
        error_set(error, errno, "cannot fork the tracer");
    fd_close(&requests[0]);
    fd_close(&results[0]);
    if (pid < 0) {
        fd_close(&requests[1]);
        fd_close(&results[1]);
        return -1;
    }
    *tracer = (struct tracer){ .pid = pid, .requests = requests[1], .results = results[1] };
    return 0;
}

void tracer_stop(struct tracer *tracer)
{
    if (tracer->pid <= 0)
        return;
    fd_close(&tracer->requests);
    fd_close(&tracer->results);
    kill(tracer->pid, SIGKILL);
    while (waitpid(tracer->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    /* The worker dies with the keeper and is our child now. Both are in the keeper's group. */
    kill(-tracer->pid, SIGKILL);
    while (waitpid(-tracer->pid, NULL, 0) > 0 || errno == EINTR)
        ;
    tracer->pid = 0;
}

bool tracer_receive(struct tracer *tracer, struct trace_result *ret, int *ret_fd)
{
    struct packet packet;
    ssize_t n;
    *ret_fd = -1;
    if (tracer->results < 0)
        return false;
    packet_in(&packet, ret, sizeof *ret);
    do
        n = recvmsg(tracer->results, &packet.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n == 0) /* the tracer is gone: there will be no more stacks */
        fd_close(&tracer->results);
    if (n <= 0)
        return false;
    *ret_fd = packet_descriptor(&packet);
    if (n != (ssize_t)sizeof *ret || *ret_fd < 0)
        fd_close(ret_fd); /* invalid; there may be more behind it */
    return true;
}
