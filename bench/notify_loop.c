/* SPDX-License-Identifier: MIT
 * notify_loop.c: the cost of a system call that the smallest possible program is notified of and
 * lets through: one target, one listener, no inspection. It is the kernel's part of what call_loop
 * measures under stress-supervisor. Writes the median, in nanoseconds per call, to FILE.
 *     notify_loop FILE CALLS      number of calls in a batch
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/sample.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* since Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW(SECCOMP_IOC_MAGIC, 4, __u64)
#endif

enum { BATCHES = 15 };

struct shared {
    struct sample named;
    int listener; /* its number in the target */
};

/* The target. It tells through the pipe that it has a listener. */
static int be_target(struct shared *shared, int ready, int go, unsigned calls)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    char byte = 0;
    if (!context || seccomp_rule_add(context, SCMP_ACT_NOTIFY, SCMP_SYS(getppid), 0) < 0 ||
        seccomp_load(context) < 0)
        return 1;
    shared->listener = seccomp_notify_fd(context);
    if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1)
        return 1;
    close(shared->listener);
    for (int i = 0; i < BATCHES; i++) {
        uint64_t begun = clock_now();
        for (unsigned k = 0; k < calls; k++)
            syscall(SYS_getppid);
        sample_add(&shared->named, (double)(clock_now() - begun) / calls);
    }
    return 0;
}

static int serve(int listener)
{
    const uint64_t sync_wake_up = 1;
    struct seccomp_notif *notification;
    struct seccomp_notif_resp *response;
    if (seccomp_notify_alloc(&notification, &response) < 0)
        return 1;
    (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, sync_wake_up); /* older: slower */
    for (;;) {
        struct pollfd polled = { .fd = listener, .events = POLLIN };
        if (poll(&polled, 1, -1) < 0 || !(polled.revents & POLLIN))
            return 0; /* the target is gone */
        memset(notification, 0, sizeof *notification);
        if (seccomp_notify_receive(listener, notification) < 0)
            return 1;
        memset(response, 0, sizeof *response);
        response->id = notification->id;
        response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        if (seccomp_notify_respond(listener, response) < 0)
            return 1;
    }
}

static int take_listener(pid_t target, int number)
{
    int pidfd = (int)syscall(SYS_pidfd_open, target, 0);
    return pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
}

int main(int argc, char **argv)
{
    int ready[2], go[2];
    char byte = 0;
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc != 3) {
        fprintf(stderr, "usage: notify_loop FILE CALLS\n");
        return 2;
    }
    if (shared == MAP_FAILED || pipe(ready) < 0 || pipe(go) < 0)
        return 1;
    pid_t target = fork();
    if (target == 0)
        _exit(be_target(shared, ready[1], go[0], (unsigned)atoi(argv[2])));
    close(ready[1]);
    if (target < 0 || read(ready[0], &byte, 1) != 1)
        return 1;
    int listener = take_listener(target, shared->listener);
    if (listener < 0 || write(go[1], &byte, 1) != 1 || serve(listener) != 0)
        return 1;
    waitpid(target, NULL, 0);
    FILE *file = fopen(argv[1], "we");
    if (!file)
        return 1;
    fprintf(file, "named %.1f\n", sample_median(&shared->named));
    return fclose(file) == 0 ? 0 : 1;
}
