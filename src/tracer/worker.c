/* SPDX-License-Identifier: MIT
 * worker.c: see worker.h. It waits in one place. Before it reads the memory of a process, it sets
 * an alarm, which ends it if that takes too long.
 */
#include "tracer/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "trace/trace.h"
#include "tracer/result.h"
#include "tracer/tracee.h"
#include "tracer/unwind.h"

/* CREDIT_MOST crashes in a row are read, and then one every CREDIT_EVERY_MS, so that a run in which
 * every operation crashes goes on. A crash without a stack counts as one of those that look like
 * it. */
enum { CREDIT_MOST = 32, CREDIT_EVERY_MS = 100 };

struct worker {
    int requests, results, signals;
    int timeout_ms;
    struct unwind *unwind;
    unsigned credit;
    uint64_t credit_ns; /* when `credit` was last counted */
};

/* What /proc/PID/status tells. */
struct status {
    pid_t group, parent;
    uint64_t ignored, caught;
};

static bool read_status(pid_t pid, struct status *ret)
{
    char path[64], line[256];
    int group = 0, parent = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    *ret = (struct status){ 0 };
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "Tgid: %d", &group);
        sscanf(line, "PPid: %d", &parent);
        sscanf(line, "SigIgn: %" SCNx64, &ret->ignored);
        sscanf(line, "SigCgt: %" SCNx64, &ret->caught);
    }
    if (file)
        fclose(file);
    ret->group = group;
    ret->parent = parent;
    return group > 0;
}

/* ---- one stack --------------------------------------------------------------------------- */

static void set_alarm(int ms)
{
    const struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void send_result(const struct worker *worker, const struct trace_request *request,
                        const json_t *stacks)
{
    const struct trace_result result = { .pid = request->pid, .kind = request->kind };
    struct packet packet;
    int fd FD_CLEANUP = memfd_create("stress-stack", MFD_CLOEXEC);
    if (fd < 0 || json_dumpfd(stacks, fd, JSON_COMPACT) < 0)
        return; /* the monitor gets no stack */
    packet_out(&packet, &result, sizeof result, fd);
    /* If the socket is full, the monitor is too slow and gets no stack. */
    while (sendmsg(worker->results, &packet.message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
           errno == EINTR)
        ;
}

/* `signal`: see tracee_stop(). */
static void read_stacks(struct worker *worker, const struct trace_request *request, int signal)
{
    struct tracee tracee;
    pid_t first = request->thread > 0 ? request->thread : request->pid;
    set_alarm(worker->timeout_ms);
    tracee_stop(&tracee, request->pid, first, signal,
                clock_now() + (uint64_t)worker->timeout_ms / 4 * CLOCK_MILLISECOND);
    json_t *stacks = unwind_stacks(worker->unwind, &tracee, request);
    if (stacks)
        send_result(worker, request, stacks);
    json_decref(stacks);
    tracee_release(&tracee);
    set_alarm(0);
}

static bool take_credit(struct worker *worker)
{
    const uint64_t every = CREDIT_EVERY_MS * CLOCK_MILLISECOND;
    uint64_t more = (clock_now() - worker->credit_ns) / every;
    worker->credit_ns += more * every;
    worker->credit = more > CREDIT_MOST - worker->credit ? CREDIT_MOST
                                                         : worker->credit + (unsigned)more;
    if (worker->credit == 0)
        return false;
    worker->credit--;
    return true;
}

/* ---- servers ----------------------------------------------------------------------------- */

static int seize(pid_t tid)
{
    return ptrace(PTRACE_SEIZE, tid, NULL, (void *)(uintptr_t)PTRACE_O_TRACECLONE) < 0 ? -1 : 0;
}

/* Traces all threads of a process and those that they make later. Does nothing if the process is
 * gone. */
static void watch(pid_t pid)
{
    char path[64];
    bool more = true;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    while (more) { /* a thread that was not ours yet may have made another meanwhile */
        DIR *tasks = opendir(path);
        struct dirent *entry;
        more = false;
        while (tasks && (entry = readdir(tasks)))
            if (atoi(entry->d_name) > 0 && seize(atoi(entry->d_name)) == 0)
                more = true;
        if (tasks)
            closedir(tasks);
    }
}

static bool is_fatal(const struct status *status, int signal)
{
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };
    uint64_t bit = UINT64_C(1) << (signal - 1);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        if (crashes[i] == signal)
            return !((status->ignored | status->caught) & bit);
    return false;
}

/* Handles a stop of a thread of a server. */
static void go_on(struct worker *worker, pid_t tid, int how)
{
    int signal = WSTOPSIG(how), event = how >> 16;
    struct status status;
    if (event == 0 && read_status(tid, &status) && is_fatal(&status, signal)) {
        const struct trace_request request = { .kind = TRACE_WATCH, .pid = status.group,
                                               .thread = tid };
        read_stacks(worker, &request, signal);
        return;
    }
    if (tracee_is_halted(how))
        ptrace(PTRACE_LISTEN, tid, NULL, NULL);
    else
        ptrace(PTRACE_CONT, tid, NULL, (void *)(intptr_t)(event == 0 ? signal : 0));
}

static void look_at_servers(struct worker *worker)
{
    struct signalfd_siginfo info;
    int how;
    pid_t tid;
    while (read(worker->signals, &info, sizeof info) > 0)
        continue;
    while ((tid = waitpid(-1, &how, __WALL | WNOHANG)) > 0)
        if (WIFSTOPPED(how))
            go_on(worker, tid, how);
}

/* ---- requests ---------------------------------------------------------------------------- */

struct question {
    struct trace_request request;
    pid_t from;
    int reply; /* -1: none */
};

static bool receive(int socket, struct question *ret)
{
    struct packet packet;
    struct ucred who;
    packet_in(&packet, &ret->request, sizeof ret->request);
    ssize_t n = recvmsg(socket, &packet.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    ret->from = 0;
    ret->reply = n > 0 ? packet_descriptor(&packet) : -1;
    for (struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&packet.message) : NULL; c;
         c = CMSG_NXTHDR(&packet.message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
            memcpy(&who, CMSG_DATA(c), sizeof who);
            ret->from = who.pid;
        }
    return n == (ssize_t)sizeof ret->request;
}

static bool is_child(pid_t pid, pid_t parent)
{
    struct status status;
    return read_status(pid, &status) && status.parent == parent;
}

/* A process may ask about itself, its children, and theirs: the programs of its runners. The thread
 * must be one of that process. */
static bool may_ask(const struct question *question)
{
    const struct trace_request *request = &question->request;
    struct status status, thread;
    if (request->kind >= TRACE_KINDS || question->from <= 0 || request->pid <= 1 ||
        request->n_registers > TRACE_REGISTERS || !read_status(request->pid, &status) ||
        status.group != request->pid)
        return false;
    if (request->thread > 0 &&
        (!read_status(request->thread, &thread) || thread.group != request->pid))
        return false;
    return request->pid == question->from || status.parent == question->from ||
           is_child(status.parent, question->from);
}

/* A process that no longer waits has closed the other end. */
static bool is_awaited(int reply)
{
    struct pollfd end = { .fd = reply };
    return poll(&end, 1, 0) <= 0 || !(end.revents & (POLLERR | POLLHUP | POLLNVAL));
}

static void serve(struct worker *worker)
{
    struct question question;
    if (receive(worker->requests, &question) && question.reply >= 0 && is_awaited(question.reply)) {
        bool crash = question.request.kind == TRACE_CRASH;
        bool granted = (!crash || take_credit(worker)) && may_ask(&question);
        if (granted && question.request.kind == TRACE_WATCH)
            watch(question.request.pid);
        else if (granted)
            read_stacks(worker, &question.request, 0);
        /* Fails on a pipe, where the closing is the answer. Never waits. */
        (void)!send(question.reply, &question.request.pid, sizeof question.request.pid,
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    set_alarm(worker->timeout_ms); /* the descriptor may be anything: closing it may block */
    fd_close(&question.reply);
    set_alarm(0);
}

_Noreturn void worker_life(pid_t keeper, int requests, int results, int timeout_ms)
{
    struct worker worker = { .requests = requests, .results = results, .timeout_ms = timeout_ms,
                             .credit = CREDIT_MOST, .credit_ns = clock_now() };
    sigset_t children;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != keeper)
        _exit(EXIT_FAILURE);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    worker.signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    worker.unwind = unwind_new();
    if (worker.signals < 0 || !worker.unwind)
        _exit(EXIT_FAILURE);
    for (;;) {
        struct pollfd fds[] = { { .fd = worker.signals, .events = POLLIN },
                                { .fd = requests, .events = POLLIN },
                                { .fd = results } };
        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            _exit(EXIT_FAILURE);
        if (fds[2].revents)
            _exit(EXIT_SUCCESS);
        if (fds[0].revents)
            look_at_servers(&worker);
        if (fds[1].revents & POLLIN)
            serve(&worker);
        else if (fds[1].revents)
            _exit(EXIT_SUCCESS);
    }
}
