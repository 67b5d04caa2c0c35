/* SPDX-License-Identifier: MIT
 * tracee.h: stops all threads of a process with ptrace while its stacks are read, and lets them go
 * again. The process may die at any moment. Not async-signal-safe.
 *
 * Runs in: tracer.
 */
#ifndef TRACER_TRACEE_H
#define TRACER_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { TRACEE_THREADS = 64 };

struct tracee_thread {
    pid_t tid;
    bool attached;  /* we trace it */
    bool stopped;   /* it stands still */
    bool watched;   /* we traced it before, and go on with that */
    bool halted;    /* by a signal such as SIGSTOP: it stays so until SIGCONT */
    int signal;     /* a signal that is delivered when the thread is let go; 0: none */
};

struct tracee {
    pid_t pid;
    int refused;    /* errno if no thread can be traced; otherwise 0 */
    size_t n, more; /* threads in `threads`; threads without room there */
    struct tracee_thread threads[TRACEE_THREADS]; /* the requested one first */
};

/* Stops all threads, `first` before all others, until the deadline (clock_now()). If `signal` is
 * not 0, `first` already stands still before the delivery of this signal, and we may already trace
 * the others. */
void tracee_stop(struct tracee *tracee, pid_t pid, pid_t first, int signal, uint64_t deadline);
/* Is this a stop, as waitpid() says it, that a signal has made, and which lasts until SIGCONT? */
bool tracee_is_halted(int status);
/* Lets all stopped threads go. A process that was stopped by a signal stays stopped. */
void tracee_release(struct tracee *tracee);
/* Reads the registers of a stopped thread, in the order of trace/registers.h. Returns how many; 0:
 * the thread is gone. */
uint32_t tracee_registers(pid_t tid, uint64_t *to);

#endif
