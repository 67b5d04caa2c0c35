/* SPDX-License-Identifier: MIT
 * hostile_deaths.c: ways for an actor to die in an operation, or never to return from it.
 */
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static enum stress_outcome segfault(struct stress_actor *a)
{
    (void)a;
    int *volatile nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *nowhere = 1;
    return STRESS_OK;
}

static enum stress_outcome die_by_abort(struct stress_actor *a)
{
    (void)a;
    abort();
}

static enum stress_outcome die_by_sigkill(struct stress_actor *a)
{
    (void)a;
    raise(SIGKILL);
    return STRESS_OK;
}

static int __attribute__((noinline)) deeper(volatile char *above, unsigned levels)
{
    volatile char here[4096];
    here[0] = above[0];
    int below = levels ? deeper(here, levels - 1) : 0;
    return below + here[0];
}

static enum stress_outcome stack_overflow(struct stress_actor *a)
{
    (void)a;
    char top = 0;
    return deeper(&top, 1u << 30) ? STRESS_FAIL : STRESS_OK;
}

static enum stress_outcome exit_zero(struct stress_actor *a)
{
    (void)a;
    exit(0);
}

static enum stress_outcome exit_three(struct stress_actor *a)
{
    (void)a;
    _exit(3);
}

static _Noreturn void spin(void)
{
    for (volatile uint64_t i = 0;; i++)
        ;
}

static enum stress_outcome endless_loop(struct stress_actor *a)
{
    (void)a;
    spin();
}

static enum stress_outcome stop_itself(struct stress_actor *a)
{
    (void)a;
    raise(SIGSTOP);
    return STRESS_OK;
}

static enum stress_outcome block_all_and_hang(struct stress_actor *a)
{
    (void)a;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    hostile_hang();
}

/* Like a system call that no signal ends: the process stops on its way out, for a tracer that never
 * continues it. */
static enum stress_outcome do_not_die(struct stress_actor *a)
{
    int ready[2];
    char byte;
    if (pipe(ready) < 0)
        return stress_actor_fail(a, "pipe: %s", strerror(errno));
    pid_t tracer = fork();
    if (tracer == 0) {
        setsid();
        if (read(ready[0], &byte, 1) == 1 &&
            ptrace(PTRACE_SEIZE, getppid(), NULL, PTRACE_O_TRACEEXIT) == 0)
            hostile_hang();
        _exit(1);
    }
    prctl(PR_SET_PTRACER, tracer);
    if (write(ready[1], "", 1) != 1)
        return stress_actor_fail(a, "write: %s", strerror(errno));
    waitpid(tracer, NULL, 0);
    return stress_actor_fail(a, "nobody traces");
}

static enum stress_outcome lock_owner_dies(struct stress_actor *a)
{
    struct hostile_world *world = stress_actor_global(a);
    int r = stress_lock_take(&world->lock);
    if (r)
        return stress_actor_fail(a, "take: %s", strerror(-r));
    atomic_fetch_add(&world->lock_deaths, 1);
    raise(SIGKILL);
    return STRESS_OK;
}

static void *thread_segfault(void *unused)
{
    (void)unused;
    raise(SIGSEGV);
    return NULL;
}

static void *thread_exit(void *unused)
{
    (void)unused;
    exit(0);
}

static void *thread_idle(void *unused)
{
    (void)unused;
    hostile_hang();
}

/* Three threads idle and one crashes, while the operation waits. */
static enum stress_outcome with_threads(struct stress_actor *a, void *(*deadly)(void *))
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        if (pthread_create(&thread, NULL, thread_idle, NULL))
            return stress_actor_fail(a, "no thread");
    if (pthread_create(&thread, NULL, deadly, NULL))
        return stress_actor_fail(a, "no thread");
    hostile_hang();
}

static enum stress_outcome thread_dies(struct stress_actor *a)
{
    return with_threads(a, thread_segfault);
}

static enum stress_outcome thread_exits(struct stress_actor *a)
{
    return with_threads(a, thread_exit);
}

/* The first thread ends, and the process goes on without it. */
static enum stress_outcome leader_ends(struct stress_actor *a)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, thread_idle, NULL))
        return stress_actor_fail(a, "no thread");
    pthread_exit(NULL);
}

static enum stress_outcome out_of_address_space(struct stress_actor *a)
{
    struct rlimit limit = { 0, 0 };
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (!statm || fscanf(statm, "%lu", &pages) != 1)
        return stress_actor_fail(a, "no /proc/self/statm");
    fclose(statm);
    limit.rlim_cur = limit.rlim_max = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (64 << 20);
    if (setrlimit(RLIMIT_AS, &limit))
        return stress_actor_fail(a, "RLIMIT_AS: %s", strerror(errno));
    while (mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED)
        ;
    abort();
}

/* Moves itself into a control group with a small limit, which the driver has made. */
static enum stress_outcome out_of_memory(struct stress_actor *a)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/cgroup.procs", hostile_cgroup);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1)
        return stress_actor_fail(a, "%s: %s", path, strerror(errno));
    close(fd);
    size_t size = (size_t)1 << 29;
    volatile char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                 -1, 0);
    if (memory == MAP_FAILED)
        return stress_actor_fail(a, "mmap: %s", strerror(errno));
    for (size_t i = 0; i < size; i += 4096)
        memory[i] = 1;
    return stress_actor_fail(a, "the limit did not bite");
}

static enum stress_outcome fail(struct stress_actor *a)
{
    return stress_actor_fail(a, "wrong on purpose");
}

static enum stress_outcome outcome_out_of_range(struct stress_actor *a)
{
    (void)a;
    return (enum stress_outcome)4711;
}

/* What a hook would return. */
static enum stress_outcome outcome_of_a_hook(struct stress_actor *a)
{
    (void)a;
    return (enum stress_outcome)STRESS_ENV_FAIL;
}

const struct hostile_row hostile_deaths[] = {
    { "segfault", segfault },
    { "abort", die_by_abort },
    { "sigkill", die_by_sigkill },
    { "stack-overflow", stack_overflow },
    { "exit-0", exit_zero },
    { "_exit-3", exit_three },
    { "endless-loop", endless_loop },
    { "stops-itself", stop_itself },
    { "blocks-signals-and-hangs", block_all_and_hang },
    { "does-not-die", do_not_die },
    { "lock-owner-dies", lock_owner_dies },
    { "thread-dies", thread_dies },
    { "thread-exits", thread_exits },
    { "leader-ends", leader_ends },
    { "out-of-address-space", out_of_address_space },
    { "out-of-memory", out_of_memory },
    { "fails", fail },
    { "outcome-out-of-range", outcome_out_of_range },
    { "outcome-of-a-hook", outcome_of_a_hook },
    { 0 }
};
