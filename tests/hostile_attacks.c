/* SPDX-License-Identifier: MIT
 * hostile_attacks.c: an actor against the harness's processes. All of it must be refused; what is
 * not refused is told with stress_actor_fail().
 */
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t parent_of(pid_t pid)
{
    char path[64], line[512];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return -1;
    line[n] = 0;
    const char *rest = strrchr(line, ')');
    int parent = -1;
    return rest && sscanf(rest + 1, " %*c %d", &parent) == 1 ? parent : -1;
}

static enum stress_outcome expect_eperm(struct stress_actor *a, const char *what, long result)
{
    if (result == -1 && errno == EPERM)
        return STRESS_UNCOUNTED;
    return stress_actor_fail(a, "%s: %s instead of EPERM", what,
                       result == -1 ? strerror(errno) : "it worked");
}

/* Makes the attempt, and returns from the function if it was not refused. */
#define REFUSED(a, what, call)                                                                   \
    do {                                                                                         \
        enum stress_outcome outcome_ = expect_eperm(a, what, (call));                            \
        if (outcome_ != STRESS_UNCOUNTED)                                                        \
            return outcome_;                                                                     \
    } while (0)

/* A descriptor of /proc/PID serves as a pidfd, too. A kernel without the call is fine. */
static enum stress_outcome signal_by_proc(struct stress_actor *a, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d", (int)pid);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return STRESS_UNCOUNTED;
    long result = syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
    int error = errno;
    close(fd);
    if (result == -1 && (error == EPERM || error == ENOSYS))
        return STRESS_UNCOUNTED;
    return stress_actor_fail(a, "pidfd_send_signal was not refused");
}

static enum stress_outcome signal_in_every_way(struct stress_actor *a, pid_t pid)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGSTOP, SIGKILL };
    siginfo_t info = { 0 };
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    if (pid <= 1)
        return stress_actor_fail(a, "the harness's process %d cannot be", (int)pid);
    REFUSED(a, "kill(pid, 0)", kill(pid, 0)); /* harmless, and says whether the guard is there */
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        int s = signals[i];
        REFUSED(a, "kill", kill(pid, s));
        REFUSED(a, "tkill", syscall(SYS_tkill, pid, s));
        REFUSED(a, "tgkill", syscall(SYS_tgkill, pid, pid, s));
        REFUSED(a, "rt_sigqueueinfo", syscall(SYS_rt_sigqueueinfo, pid, s, &info));
        REFUSED(a, "rt_tgsigqueueinfo", syscall(SYS_rt_tgsigqueueinfo, pid, pid, s, &info));
    }
    REFUSED(a, "pidfd_open", syscall(SYS_pidfd_open, pid, 0));
    return signal_by_proc(a, pid);
}

/* Uses harmless signals only: with a broken guard a real one would end every process of the
 * machine. The guard looks at the target, not at the signal. */
static enum stress_outcome kill_all(struct stress_actor *a)
{
    REFUSED(a, "kill(-1, 0)", kill(-1, 0));
    REFUSED(a, "kill(-1, SIGURG)", kill(-1, SIGURG));
    return STRESS_UNCOUNTED;
}

static enum stress_outcome kill_supervisor(struct stress_actor *a)
{
    return signal_in_every_way(a, getppid());
}

static enum stress_outcome kill_warden(struct stress_actor *a)
{
    return signal_in_every_way(a, parent_of(getppid()));
}

static enum stress_outcome kill_monitor(struct stress_actor *a)
{
    return signal_in_every_way(a, parent_of(parent_of(getppid())));
}

/* The group of the supervisor must not be the actor's own. Harmless signals, as above: the
 * monitor's group may be that of the shell that runs the tests. */
static enum stress_outcome kill_groups(struct stress_actor *a)
{
    pid_t supervisor = getppid(), warden = parent_of(supervisor), monitor = parent_of(warden);
    const pid_t groups[] = { getpgid(supervisor), getpgid(warden), getpgid(monitor) };
    for (size_t i = 0; i < 3; i++)
        if (groups[i] > 1)
            REFUSED(a, "kill(-group)", kill(-groups[i], SIGURG));
    return STRESS_UNCOUNTED;
}

static enum stress_outcome kill_own_group(struct stress_actor *a)
{
    kill(0, SIGKILL);
    return stress_actor_fail(a, "still alive");
}

/* The owner of a descriptor gets a signal that its setter has chosen. */
static enum stress_outcome signal_by_descriptor(struct stress_actor *a)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC))
        return stress_actor_fail(a, "pipe: %s", strerror(errno));
    struct f_owner_ex owner = { F_OWNER_PID, getppid() };
    int plain = fcntl(ends[0], F_SETOWN, getppid());
    int extended = fcntl(ends[0], F_SETOWN_EX, &owner);
    if (plain && extended)
        return STRESS_UNCOUNTED;
    if (fcntl(ends[0], F_SETSIG, SIGKILL) || fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK))
        return STRESS_UNCOUNTED;
    (void)!write(ends[1], "x", 1);
    return stress_actor_fail(a, "F_SETOWN on the supervisor worked");
}

static enum stress_outcome meddle(struct stress_actor *a, const char *who, pid_t pid)
{
    char byte = 0, path[64];
    struct iovec here = { &byte, 1 }, there = { &byte, 1 };
    struct rlimit limit = { 0, 0 };
    struct sched_param parameters = { 0 };
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    if (pid <= 1)
        return stress_actor_fail(a, "the %s cannot be process %d", who, (int)pid);
    REFUSED(a, "PTRACE_ATTACH", ptrace(PTRACE_ATTACH, pid, NULL, NULL));
    REFUSED(a, "PTRACE_SEIZE", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
    REFUSED(a, "process_vm_writev", process_vm_writev(pid, &here, 1, &there, 1, 0));
    REFUSED(a, "prlimit", prlimit(pid, RLIMIT_CPU, &limit, NULL));
    REFUSED(a, "sched_setscheduler", sched_setscheduler(pid, SCHED_IDLE, &parameters));
    REFUSED(a, "sched_setaffinity", sched_setaffinity(pid, sizeof(cpus), &cpus));
    REFUSED(a, "setpriority", setpriority(PRIO_PROCESS, (id_t)pid, 19));
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
        return stress_actor_fail(a, "the memory of the %s could be opened", who);
    }
    return STRESS_UNCOUNTED;
}

static enum stress_outcome trace_harness(struct stress_actor *a)
{
    pid_t supervisor = getppid(), warden = parent_of(supervisor), monitor = parent_of(warden);
    enum stress_outcome outcome = meddle(a, "supervisor", supervisor);
    if (outcome == STRESS_UNCOUNTED)
        outcome = meddle(a, "warden", warden);
    return outcome == STRESS_UNCOUNTED ? meddle(a, "monitor", monitor) : outcome;
}

/* Through another program: the filter must survive an exec. */
static enum stress_outcome kill_by_program(struct stress_actor *a)
{
    char line[64];
    pid_t supervisor = getppid();
    if (supervisor <= 1 || parent_of(supervisor) <= 1)
        return stress_actor_fail(a, "the harness's processes were not found");
    snprintf(line, sizeof(line), "kill -KILL %d %d 2>/dev/null", (int)supervisor,
             (int)parent_of(supervisor));
    pid_t child = fork();
    if (child < 0)
        return stress_actor_fail(a, "fork: %s", strerror(errno));
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) != 0
               ? STRESS_UNCOUNTED
               : stress_actor_fail(a, "kill(1) was not refused");
}

const struct hostile_row hostile_attacks[] = {
    { "kill-all", kill_all },
    { "kill-supervisor", kill_supervisor },
    { "kill-warden", kill_warden },
    { "kill-monitor", kill_monitor },
    { "kill-groups", kill_groups },
    { "kill-own-group", kill_own_group },
    { "kill-by-program", kill_by_program },
    { "signal-by-descriptor", signal_by_descriptor },
    { "trace-harness", trace_harness },
    { 0 }
};
