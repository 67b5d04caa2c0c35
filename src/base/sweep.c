/* SPDX-License-Identifier: MIT
 * sweep.c: see sweep.h.
 */
#include "base/sweep.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

/* A process that takes longer to die may be waiting for its children, or may never die. */
#define SOON_NS (100 * CLOCK_MILLISECOND)

struct sweep {
    const pid_t *keep;
    size_t n_keep;
    uint64_t deadline;
    sweep_counts_fn *counts; /* NULL: all count */
    void *user;
    int killed, found; /* that count, in all; found in this pass */
};

static bool is_kept(const struct sweep *sweep, pid_t pid)
{
    for (size_t i = 0; i < sweep->n_keep; i++)
        if (sweep->keep[i] == pid)
            return true;
    return false;
}

static bool is_child(const char *name, pid_t parent)
{
    char path[64], bytes[512];
    snprintf(path, sizeof path, "/proc/%.16s/stat", name);
    FD_CLEANUP int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes - 1);
    if (n <= 0)
        return false;
    bytes[n] = '\0';
    /* "pid (name) state ppid": the name may hold any byte, so start at its last parenthesis. */
    const char *end = strrchr(bytes, ')');
    return end && strlen(end) > 4 && atoi(end + 4) == parent;
}

struct entry { /* what getdents64(2) writes */
    uint64_t inode;
    int64_t offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

typedef void visit_fn(struct sweep *sweep, pid_t pid);

static int each_child(struct sweep *sweep, pid_t parent, visit_fn *visit)
{
    _Alignas(struct entry) char bytes[8192];
    FD_CLEANUP int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    long n;
    while ((n = syscall(SYS_getdents64, fd, bytes, sizeof bytes)) > 0)
        for (long at = 0; at < n;) {
            const void *here = bytes + at;
            const struct entry *entry = here;
            at += entry->size;
            if (isdigit((unsigned char)entry->name[0]) && is_child(entry->name, parent))
                visit(sweep, atoi(entry->name));
        }
    return n < 0 ? -1 : 0;
}

static void kill_grandchild(struct sweep *sweep, pid_t pid)
{
    (void)sweep;
    kill(pid, SIGKILL);
}

/* Kills one child and waits for it until the deadline. A process that hangs in the kernel stays,
 * and with it the processes that its end would make our children. */
static void kill_one(struct sweep *sweep, pid_t pid)
{
    if (is_kept(sweep, pid))
        return;
    sweep->found++;
    bool counts = !sweep->counts || sweep->counts(sweep->user, pid);
    FD_CLEANUP int pidfd = pidfd_open(pid, 0);
    kill(pid, SIGKILL);
    uint64_t soon = clock_now() + SOON_NS;
    clock_sooner(&soon, sweep->deadline);
    if (pidfd >= 0 && !fd_wait(pidfd, soon)) {
        each_child(sweep, pid, kill_grandchild);
        fd_wait(pidfd, sweep->deadline);
    }
    if (waitpid(pid, NULL, WNOHANG) == pid)
        sweep->killed += counts;
}

/* The file holds pids separated by spaces. Stops reading after the first stray; the next pass finds
 * the others. Returns -1 if the kernel does not have the file. */
static int pass_children_file(struct sweep *sweep)
{
    char path[64], bytes[4096];
    pid_t pid = 0;
    ssize_t n = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FD_CLEANUP int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (sweep->found == 0 && (n = read(fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++) {
            if (isdigit((unsigned char)bytes[i])) {
                pid = pid * 10 + (bytes[i] - '0');
            } else if (pid > 0) {
                kill_one(sweep, pid);
                pid = 0;
            }
        }
    return n < 0 ? -1 : 0;
}

int sweep_counting(const pid_t *keep, size_t n, uint64_t deadline, sweep_counts_fn *counts,
                   void *user)
{
    struct sweep sweep = { .keep = keep, .n_keep = n, .deadline = deadline, .counts = counts,
                           .user = user };
    siginfo_t info;
    bool late;
    do {
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD)
            return sweep.killed;
        sweep.found = 0;
        late = clock_now() >= deadline; /* this pass is the last one */
        if (pass_children_file(&sweep) < 0 && each_child(&sweep, getpid(), kill_one) < 0)
            return -1;
        if (sweep.found == 0)
            return sweep.killed;
    } while (!late);
    errno = ETIMEDOUT;
    return -1;
}

int sweep_children(const pid_t *keep, size_t n, uint64_t deadline)
{
    return sweep_counting(keep, n, deadline, NULL, NULL);
}
