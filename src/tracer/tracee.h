/* SPDX-License-Identifier: MIT
 * tracee.h: a process that stands still while its stacks are read: all of its threads are stopped
 * by ptrace, and let go again. The process may die at any moment.
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
    bool attached;  /* it is ours */
    bool stopped;   /* and stands still */
    int signal;     /* on its way to it: delivered when it is let go */
};

struct tracee {
    pid_t pid;
    int refused;    /* errno why no thread is ours; 0: some are */
    size_t n, more; /* threads here; those that there is no room for */
    struct tracee_thread threads[TRACEE_THREADS]; /* the one asked for first */
};

/* Stops all threads, `first` before all others. Where `signal` is not 0 that one stands still
 * already, with this signal on its way, and the others may be ours already. */
void tracee_stop(struct tracee *tracee, pid_t pid, pid_t first, int signal, uint64_t deadline);
/* Lets all of them go for good. */
void tracee_release(struct tracee *tracee);
/* Registers of a stopped thread, in the order of trace/registers.h. How many; 0: it is gone. */
uint32_t tracee_registers(pid_t tid, uint64_t *to);

#endif
