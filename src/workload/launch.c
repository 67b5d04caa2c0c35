/* SPDX-License-Identifier: MIT
 * launch.c: see launch.h. The child shares the parent's memory until its exec, as with vfork(), so
 * the cost of a start does not grow with the memory of the parent. The child has a stack of its
 * own.
 */
#include "workload/launch.h"

#include <errno.h>
#include <sched.h>
#include <stdalign.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "workload/words.h"

enum { LAUNCH_STACK = 256 << 10, LAUNCH_CROWDED_S = 5 };

/* What the parent and the child share. The parent is suspended while the child uses it. */
struct launch {
    char *const *argv;
    char *const *environment;
    pid_t parent, reader;
    int input, output; /* -1: the parent's */
    const struct inject_plan *inject;
    struct enter_hello *hello;
    volatile int failure; /* errno of the step that failed; 0: the command started */
};

/* The child. Async-signal-safe. All signals are blocked until right before the exec. */
static int start(void *user)
{
    struct launch *launch = user;
    struct sigaction standard = { .sa_handler = SIG_DFL };
    sigset_t none;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
        launch->failure = errno;
        return 127;
    }
    if (getppid() != launch->parent)
        return 127; /* the parent died before prctl(), so no signal will come */
    for (int signo = 1; signo < NSIG; signo++)
        sigaction(signo, &standard, NULL); /* fails for SIGKILL, SIGSTOP and those of libc */
    sigemptyset(&none);
    if (launch->reader > 0)
        prctl(PR_SET_PTRACER, launch->reader); /* without Yama this fails, and is not necessary */
    if ((launch->input < 0 || fd_redirect(launch->input, STDIN_FILENO) >= 0) &&
        (launch->output < 0 || fd_redirect(launch->output, STDOUT_FILENO) >= 0) &&
        sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
        (!launch->inject || inject_enter(launch->inject, launch->hello) == 0))
        execvpe(launch->argv[0], launch->argv, launch->environment);
    launch->failure = errno;
    return 127;
}

/* A limit of processes may hold for a moment only, as where a runner is forked. */
static bool is_crowded(int code, uint64_t since)
{
    const struct timespec hold = { .tv_nsec = 10 * (long)CLOCK_MILLISECOND };
    if ((code != EAGAIN && code != ENOMEM) ||
        clock_now() - since >= LAUNCH_CROWDED_S * CLOCK_SECOND)
        return false;
    nanosleep(&hold, NULL);
    return true;
}

/* Returns the pid, or -1 with errno. */
static pid_t clone_child(struct launch *launch)
{
    static alignas(16) unsigned char stack[LAUNCH_STACK];
    uint64_t since = clock_now();
    pid_t pid;
    do
        pid = clone(start, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, launch);
    while (pid < 0 && is_crowded(errno, since));
    return pid;
}

/* Starts the child. Returns its pid; or -1 if there is none, or with launch->failure set if it
 * could not execute the command and is about to exit. */
static pid_t start_child(struct launch *launch)
{
    sigset_t all, before;
    /* A recorder traces the child before it executes, and it has the memory of this process, which
     * may be a supervisor that is not dumpable. */
    bool traced = launch->inject && launch->inject->share->traced;
    int dumpable = traced ? prctl(PR_GET_DUMPABLE) : 1;
    if (dumpable != 1)
        prctl(PR_SET_DUMPABLE, 1);
    /* A signal handler of this process must not run in the child, which shares its memory. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = clone_child(launch);
    if (pid < 0)
        launch->failure = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (dumpable != 1)
        prctl(PR_SET_DUMPABLE, 0);
    return pid;
}

int launch_end(pid_t pid, siginfo_t *ret)
{
    while (waitid(P_PID, (id_t)pid, ret, WEXITED) < 0)
        if (errno != EINTR)
            return -1;
    return 0;
}

void launch_die_as(const siginfo_t *end)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };
    sigset_t one;
    if (end->si_code == CLD_EXITED)
        _exit(end->si_status);
    /* Prevent a core dump of the runner, which would mislead. A failure here does no other harm. */
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    prctl(PR_SET_DUMPABLE, 0);
    sigaction(end->si_status, &standard, NULL); /* fails for SIGKILL, which needs no handler */
    sigemptyset(&one);
    sigaddset(&one, end->si_status);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    raise(end->si_status);
}

int launch_wait(char *const *argv, char *const *environment, int output,
                const struct inject_plan *inject, struct enter_hello *hello, siginfo_t *ret,
                struct error *error)
{
    struct launch launch = { .argv = argv, .environment = environment, .parent = getpid(),
                             .input = -1, .output = output, .inject = inject, .hello = hello };
    pid_t pid = start_child(&launch);
    if (pid >= 0 && launch_end(pid, ret) < 0)
        return error_set(error, errno, "cannot wait for %s", argv[0]);
    return launch.failure == 0 ? 0
                               : error_set(error, launch.failure, "cannot run %.150s", argv[0]);
}

/* Starts argv, or says why not. Returns its pid, or -1. */
static pid_t start_program(struct launch *launch, char *const *argv, struct error *error)
{
    siginfo_t end;
    launch->argv = argv;
    launch->failure = 0;
    pid_t pid = start_child(launch);
    if (launch->failure == 0)
        return pid;
    if (pid >= 0)
        launch_end(pid, &end);
    return error_set(error, launch->failure, "cannot run %.150s", argv[0]);
}

pid_t launch_program(const struct launch_program *program, struct error *error)
{
    struct launch launch = { .environment = program->environment, .parent = getpid(),
                             .reader = program->reader, .input = program->input,
                             .output = program->output, .inject = program->inject,
                             .hello = program->hello };
    char *const shell[] = { "/bin/sh", "-c", (char *)(uintptr_t)program->line, NULL };
    struct words words;
    pid_t pid = words_split(program->line, &words) ? start_program(&launch, words.argv, error)
                                                   : -1;
    return pid >= 0 ? pid : start_program(&launch, shell, error);
}

int launch_line(const char *line, char *const *environment, int output,
                const struct inject_plan *inject, struct enter_hello *hello, siginfo_t *ret,
                struct error *error)
{
    struct words words;
    char *const shell[] = { "/bin/sh", "-c", (char *)(uintptr_t)line, NULL };
    /* If the command cannot be started, the shell reports why. */
    if (words_split(line, &words) &&
        launch_wait(words.argv, environment, output, inject, hello, ret, error) == 0)
        return 0;
    return launch_wait(shell, environment, output, inject, hello, ret, error);
}
