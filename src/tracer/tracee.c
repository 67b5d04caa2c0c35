/* SPDX-License-Identifier: MIT
 * tracee.c: see tracee.h.
 */
#include "tracer/tracee.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "base/base.h"
#include "trace/trace.h"

enum { TRACEE_PAUSE_NS = 50000 };

static void *number(int value)
{
    return (void *)(intptr_t)value;
}

static bool is_listed(const struct tracee *tracee, pid_t tid)
{
    for (size_t i = 0; i < tracee->n; i++)
        if (tracee->threads[i].tid == tid)
            return true;
    return false;
}

/* A thread that is ours is seized already. One of a process that is watched cannot be seized again,
 * but interrupted. */
static int attach(struct tracee_thread *thread, bool ours)
{
    int code = !ours && ptrace(PTRACE_SEIZE, thread->tid, NULL, NULL) < 0 ? errno : 0;
    bool interrupted = (code == 0 || code == EPERM) &&
                       ptrace(PTRACE_INTERRUPT, thread->tid, NULL, NULL) == 0;
    thread->watched = code == EPERM && interrupted;
    thread->attached = code == 0 || interrupted;
    return interrupted ? 0 : code ? code : errno;
}

static void attach_others(struct tracee *tracee, bool ours)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)tracee->pid);
    DIR *tasks = opendir(path);
    struct dirent *entry;
    while (tasks && (entry = readdir(tasks))) {
        pid_t tid = atoi(entry->d_name);
        if (tid <= 0 || is_listed(tracee, tid))
            continue;
        if (tracee->n == TRACEE_THREADS) {
            tracee->more++;
            continue;
        }
        struct tracee_thread *thread = &tracee->threads[tracee->n++];
        *thread = (struct tracee_thread){ .tid = tid };
        attach(thread, ours);
    }
    if (tasks)
        closedir(tasks);
}

bool tracee_is_halted(int status)
{
    int signal = WSTOPSIG(status);
    return status >> 16 == PTRACE_EVENT_STOP &&
           (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU);
}

/* Takes in a stop or the end of a thread. True: there is nothing more to wait for. */
static bool look(struct tracee_thread *thread)
{
    int status;
    pid_t got = waitpid(thread->tid, &status, __WALL | WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR))
        return false;
    thread->stopped = got > 0 && WIFSTOPPED(status);
    thread->attached = thread->stopped;
    if (thread->stopped && status >> 16 == 0)
        thread->signal = WSTOPSIG(status); /* it came before our stop */
    thread->halted = thread->stopped && tracee_is_halted(status);
    return true;
}

static void wait_for(struct tracee_thread *thread, uint64_t deadline)
{
    const struct timespec pause = { 0, TRACEE_PAUSE_NS };
    while (thread->attached && !thread->stopped && !look(thread) && clock_now() < deadline)
        nanosleep(&pause, NULL);
}

void tracee_stop(struct tracee *tracee, pid_t pid, pid_t first, int signal, uint64_t deadline)
{
    *tracee = (struct tracee){ .pid = pid, .n = 1 };
    tracee->threads[0] = (struct tracee_thread){ .tid = first, .attached = signal != 0,
                                                 .stopped = signal != 0, .signal = signal };
    if (signal == 0)
        tracee->refused = attach(&tracee->threads[0], false);
    attach_others(tracee, signal != 0);
    /* A first thread that has ended does not hide the others. */
    for (size_t i = 0; i < tracee->n; i++)
        if (tracee->threads[i].attached)
            tracee->refused = 0;
    for (size_t i = 0; i < tracee->n; i++)
        wait_for(&tracee->threads[i], deadline);
}

void tracee_release(struct tracee *tracee)
{
    for (size_t i = 0; i < tracee->n; i++) {
        struct tracee_thread *thread = &tracee->threads[i];
        /* A thread that does not stop cannot be let go now. The kernel does so when we end. */
        if (thread->attached && thread->stopped && thread->watched && thread->halted)
            ptrace(PTRACE_LISTEN, thread->tid, NULL, NULL);
        else if (thread->attached && thread->stopped)
            ptrace(thread->watched ? PTRACE_CONT : PTRACE_DETACH, thread->tid, NULL,
                   number(thread->signal));
    }
}

uint32_t tracee_registers(pid_t tid, uint64_t *to)
{
    registers_user user;
    struct iovec part = { &user, sizeof user };
    if (ptrace(PTRACE_GETREGSET, tid, number(NT_PRSTATUS), &part) < 0 || part.iov_len < sizeof user)
        return 0;
    return registers_of_user(&user, to);
}
