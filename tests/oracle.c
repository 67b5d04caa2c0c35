/* SPDX-License-Identifier: MIT
 * oracle.c: an injector by ptrace, for the tests alone: an independent second opinion on what a
 * fault at a system call does. It stops every process and thread below the command at the entry and
 * at the exit of each call, counts the calls that match over all of them in the order in which they
 * enter, and puts one fault in.
 *
 *     oracle [-d DEPTH] CALL[,CALL]... ACTION WHEN REPORT COMMAND [ARG]...
 *
 * CALL: a name, or "all". -d: only calls of the command (depth 0) and of processes at most DEPTH
 * forks below it: of stress-supervisor 2 takes in monitor, warden, tracer and supervisor, but no
 * runner; and of these only programs of COMMAND's build directory, two levels up; a close() that
 * fails does close then. ACTION: none, error=NUMBER (an errno), kill, kill-after, torn=BYTES,
 * short=BYTES, full=BYTES (of write() and pwrite() on regular files, from WHEN on). WHEN: the
 * matching call that gets it, from 1. REPORT: a file for "MATCHED FIRED" and, for ACTION none,
 * the number of each call in order. A kill ends all processes of the command, as the injector ends
 * an actor. The exit status is that of the command; 128 + signal; 125: the oracle failed; 77: this
 * machine's registers are not known to it.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <seccomp.h>

enum { TASKS = 4096, CALLS = 64, FAILED = 125, UNKNOWN = 77 };

#if defined(__x86_64__)

enum { LENGTH_ARGUMENT = 2 };

static int set_registers(pid_t tid, const struct user_regs_struct *registers)
{
    return (int)ptrace(PTRACE_SETREGS, tid, NULL, registers);
}

static int skip_call(pid_t tid)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers) < 0)
        return -1;
    registers.orig_rax = (unsigned long long)-1;
    return set_registers(tid, &registers);
}

static int set_result(pid_t tid, long result)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers) < 0)
        return -1;
    registers.rax = (unsigned long long)result;
    return set_registers(tid, &registers);
}

static int set_length(pid_t tid, unsigned long length)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers) < 0)
        return -1;
    registers.rdx = length;
    return set_registers(tid, &registers);
}

#else

static int skip_call(pid_t tid)
{
    (void)tid;
    return -1;
}

static int set_result(pid_t tid, long result)
{
    (void)tid, (void)result;
    return -1;
}

static int set_length(pid_t tid, unsigned long length)
{
    (void)tid, (void)length;
    return -1;
}

#endif

enum action { NONE, ERROR, KILL, KILL_AFTER, TORN, SHORT, FULL };

static const struct {
    const char *name;
    enum action action;
} actions[] = {
    { "none", NONE }, { "error", ERROR }, { "kill", KILL }, { "kill-after", KILL_AFTER },
    { "torn", TORN }, { "short", SHORT }, { "full", FULL },
};

static int calls[CALLS];
static size_t n_calls;
static bool all_calls;
static unsigned deepest = ~0u;
static FILE *report;
static enum action action;
static unsigned long amount, when, matched, fired;

/* A thread that is between the entry and the exit of a call. */
static struct task {
    pid_t tid;     /* 0: free */
    bool inside;   /* the next stop is an exit */
    bool faulted;  /* this call is the one */
    bool known;    /* the stop of its parent at the fork was seen */
    bool held;     /* it stopped before that */
    unsigned depth; /* forks from the command; a thread is as deep as its process */
    bool foreign;   /* it executes a program of another directory than the command's */
} tasks[TASKS];
static pid_t root;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "oracle: %s: %s\n", what, strerror(errno));
    if (root > 0)
        kill(root, SIGKILL);
    exit(FAILED);
}

static struct task *task_of(pid_t tid)
{
    struct task *free_one = NULL;
    for (size_t i = 0; i < TASKS; i++) {
        if (tasks[i].tid == tid)
            return &tasks[i];
        if (tasks[i].tid == 0 && !free_one)
            free_one = &tasks[i];
    }
    if (!free_one) {
        errno = ENOMEM;
        fail("too many threads");
    }
    *free_one = (struct task){ .tid = tid };
    return free_one;
}

static bool is_wanted(int number)
{
    if (all_calls)
        return true;
    for (size_t i = 0; i < n_calls; i++)
        if (calls[i] == number)
            return true;
    return false;
}

static void kill_all(void)
{
    for (size_t i = 0; i < TASKS; i++)
        if (tasks[i].tid > 0)
            kill(tasks[i].tid, SIGKILL);
}

/* The type of what the descriptor is of, as in st_mode; 0: unknown. */
static mode_t type_of(pid_t tid, unsigned long long fd)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)tid, (int)fd);
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

/* `amount` is what is left. */
static void fill_disk(struct task *task, unsigned long length)
{
    if (matched < when)
        return;
    if (length <= amount) {
        amount -= length;
        return;
    }
    fired++;
    task->faulted = amount == 0;
    if (task->faulted ? skip_call(task->tid) < 0 : set_length(task->tid, amount) < 0)
        fail("cannot shorten a call");
    amount = 0;
}

/* A close that fails has closed the descriptor: without that, the harness would wait for ends that
 * no kernel keeps open. (The injector skips it, as any call.) */
static bool closes(const struct __ptrace_syscall_info *info)
{
    return info->entry.nr == SYS_close;
}

static void at_entry(struct task *task, const struct __ptrace_syscall_info *info)
{
    task->inside = true;
    bool wanted = task->depth <= deepest && !(task->foreign && deepest != ~0u) &&
                  is_wanted((int)info->entry.nr) &&
                  (action != FULL || type_of(task->tid, info->entry.args[0]) == S_IFREG);
    if (action == FULL) {
        matched += wanted;
        task->faulted = false;
        if (wanted)
            fill_disk(task, (unsigned long)info->entry.args[2]);
        return;
    }
    task->faulted = wanted && ++matched == when && action != NONE;
    if (task->faulted && action == SHORT) /* /dev/urandom gives all that is asked for */
        task->faulted = type_of(task->tid, info->entry.args[0]) != S_IFCHR;
    if (wanted && action == NONE)
        fprintf(report, "%d\n", (int)info->entry.nr);
    if (!task->faulted)
        return;
    fired++;
    if (action == KILL)
        kill_all();
    else if (action == ERROR && !(closes(info) && deepest != ~0u) && skip_call(task->tid) < 0)
        fail("cannot skip a call");
    else if ((action == TORN || action == SHORT) && info->entry.args[2] > amount &&
             set_length(task->tid, amount) < 0)
        fail("cannot shorten a call");
}

static void at_exit(struct task *task)
{
    task->inside = false;
    if (!task->faulted)
        return;
    task->faulted = false;
    if ((action == ERROR || action == FULL) &&
        set_result(task->tid, action == FULL ? -ENOSPC : -(long)amount) < 0)
        fail("cannot set a result");
    if (action == KILL_AFTER || action == TORN)
        kill_all();
}

static void go_on(pid_t tid, int signo)
{
    if (ptrace(PTRACE_SYSCALL, tid, NULL, (void *)(long)signo) < 0 && errno != ESRCH)
        fail("cannot let a thread go on");
}

/* The first stop of a child and the stop of its parent at the fork come in any order. */
static void begin_child(pid_t tid, unsigned depth, bool foreign)
{
    struct task *child = task_of(tid);
    child->depth = depth;
    child->foreign = foreign;
    child->known = true;
    if (child->held)
        go_on(tid, 0);
    child->held = false;
}

static char build[4096]; /* the directory above that of the command */

static void find_build(const char *command)
{
    char *path = realpath(command, build);
    for (int levels = 0; path && levels < 2; levels++)
        *strrchr(build, '/') = '\0';
}

static bool is_of_build(pid_t tid)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)tid);
    ssize_t n = readlink(link, path, sizeof path);
    size_t length = strlen(build);
    return n > (ssize_t)length && memcmp(path, build, length) == 0 && path[length] == '/';
}

/* A stop of a thread; the signal to go on with. */
static int handle_stop(struct task *task, int status)
{
    int signo = WSTOPSIG(status), event = status >> 16;
    struct __ptrace_syscall_info info;
    if (signo == (SIGTRAP | 0x80)) {
        if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof info, &info) < 0)
            return 0; /* it is dying */
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
            at_entry(task, &info);
        else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
            at_exit(task);
        return 0;
    }
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
        unsigned long child;
        if (ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &child) == 0)
            begin_child((pid_t)child, task->depth + (event != PTRACE_EVENT_CLONE), task->foreign);
    }
    if (event == PTRACE_EVENT_EXEC)
        task->foreign = !is_of_build(task->tid);
    return event == 0 ? signo : 0;
}

static int follow(void)
{
    int result = FAILED, status;
    for (;;) {
        pid_t tid = waitpid(-1, &status, __WALL);
        if (tid < 0 && errno == EINTR)
            continue;
        if (tid < 0)
            return errno == ECHILD ? result : FAILED;
        struct task *task = task_of(tid);
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (tid == root)
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            task->tid = 0;
            continue;
        }
        if (task->known)
            go_on(tid, handle_stop(task, status));
        else
            task->held = true;
    }
}

static void start(char **argv)
{
    int status;
    find_build(argv[0]);
    root = fork();
    if (root == 0) {
        raise(SIGSTOP);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (root < 0)
        fail("cannot fork");
    if (waitpid(root, &status, WUNTRACED) != root || !WIFSTOPPED(status))
        fail("cannot start the command");
    if (ptrace(PTRACE_SEIZE, root, NULL,
               (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                              PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) < 0)
        fail("cannot trace the command");
    begin_child(root, 0, false);
    if (kill(root, SIGCONT) < 0)
        fail("cannot continue the command");
}

static void parse(char **argv)
{
    char *rest = argv[1], *word;
    all_calls = strcmp(argv[1], "all") == 0;
    while (!all_calls && (word = strsep(&rest, ","))) {
        int number = seccomp_syscall_resolve_name(word);
        if (number < 0 || n_calls == CALLS) {
            errno = EINVAL;
            fail(word);
        }
        calls[n_calls++] = number;
    }
    char *value = strchr(argv[2], '=');
    if (value)
        *value++ = '\0';
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, argv[2]) == 0)
            action = actions[i].action;
    amount = value ? strtoul(value, NULL, 0) : 0;
    when = strtoul(argv[3], NULL, 0);
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "-d") == 0) {
        deepest = (unsigned)strtoul(argv[2], NULL, 0);
        argv += 2;
        argc -= 2;
    }
    if (argc < 6) {
        fprintf(stderr, "usage: oracle [-d DEPTH] CALLS ACTION WHEN REPORT COMMAND [ARG]...\n");
        return FAILED;
    }
#if !defined(__x86_64__)
    return UNKNOWN;
#endif
    parse(argv);
    report = fopen(argv[4], "we");
    if (!report)
        fail(argv[4]);
    start(argv + 5);
    int result = follow();
    fprintf(report, "%lu %lu\n", matched, fired);
    return fclose(report) == 0 ? result : FAILED;
}
