/* SPDX-License-Identifier: MIT
 * unit_sweep.c: no process is left behind. Each body runs in a child that is a subreaper. All
 * processes that it starts hold the write end of a pipe, so the end of the pipe shows that all of
 * them are gone.
 */
#include "base/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "child.h"
#include "unit.h"

static int ends[2];

static bool prepare(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && pipe(ends) == 0;
}

/* A watchdog of a sweep, not an assertion about its time. */
static uint64_t soon(void)
{
    return clock_now() + 300 * CLOCK_SECOND;
}

static void stay(void)
{
    for (;;)
        pause();
}

/* Writes its pid, and stays. */
static void say_and_stay(void)
{
    pid_t pid = getpid();
    if (write(ends[1], &pid, sizeof pid) != sizeof pid)
        _exit(1);
    stay();
}

static bool hear(pid_t *pid)
{
    return read(ends[0], pid, sizeof *pid) == sizeof *pid;
}

/* Output that was not read does not matter. */
static bool all_gone(void)
{
    char bytes[512];
    ssize_t n;
    close(ends[1]);
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
        return false;
    while ((n = read(ends[0], bytes, sizeof bytes)) > 0)
        continue;
    return n == 0 && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static const char *no_children(void)
{
    CHILD_EXPECT(prepare());
    CHILD_EXPECT(sweep_children(NULL, 0, 0) == 0);
    CHILD_EXPECT(sweep_children(NULL, 0, CLOCK_NEVER) == 0);
    return NULL;
}

/* Forks twice, with a session of its own: the daemon becomes a child of this subreaper. */
static const char *daemon_is_found(void)
{
    pid_t daemon;
    int status;
    CHILD_EXPECT(prepare());
    pid_t child = fork();
    CHILD_EXPECT(child >= 0);
    if (child == 0) {
        setsid();
        if (fork() == 0)
            say_and_stay();
        _exit(0);
    }
    CHILD_EXPECT(waitpid(child, &status, 0) == child && status == 0);
    CHILD_EXPECT(hear(&daemon) && kill(daemon, 0) == 0);
    CHILD_EXPECT(sweep_children(NULL, 0, soon()) == 1);
    CHILD_EXPECT(kill(daemon, 0) < 0 && errno == ESRCH);
    CHILD_EXPECT(all_gone());
    return NULL;
}

static const char *kept_ones_stay(void)
{
    pid_t kept[2], said;
    CHILD_EXPECT(prepare());
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork();
        CHILD_EXPECT(pid >= 0);
        if (pid == 0)
            say_and_stay();
        CHILD_EXPECT(hear(&said) && said == pid);
        if (i % 2)
            kept[i / 2] = pid;
    }
    CHILD_EXPECT(sweep_children(kept, 2, soon()) == 3);
    CHILD_EXPECT(sweep_children(kept, 2, soon()) == 0);
    for (int i = 0; i < 2; i++)
        CHILD_EXPECT(waitpid(kept[i], NULL, WNOHANG) == 0); /* lives */
    CHILD_EXPECT(sweep_children(NULL, 0, soon()) == 2);
    CHILD_EXPECT(all_gone());
    return NULL;
}

/* Each process forks the next and ends, so orphans arrive during the sweep. */
static void flee(int left)
{
    while (left-- > 0) {
        pid_t pid = fork();
        if (pid != 0)
            _exit(0);
    }
    stay();
}

/* Each process forks two and stays: after its death the subreaper gets its children. */
static void multiply(int depth)
{
    while (depth-- > 0) {
        fork();
        fork();
    }
    stay();
}

static const char *runaways_are_found(void)
{
    CHILD_EXPECT(prepare());
    pid_t pid = fork();
    CHILD_EXPECT(pid >= 0);
    if (pid == 0)
        flee(50);
    CHILD_EXPECT(sweep_children(NULL, 0, soon()) >= 1);
    CHILD_EXPECT(all_gone());
    return NULL;
}

static const char *bombs_are_found(void)
{
    CHILD_EXPECT(prepare());
    pid_t pid = fork();
    CHILD_EXPECT(pid >= 0);
    if (pid == 0)
        multiply(3); /* up to 64 */
    CHILD_EXPECT(sweep_children(NULL, 0, soon()) >= 1);
    CHILD_EXPECT(all_gone());
    return NULL;
}

/* Processes that are stopped, ignore signals, or are dead already. */
static const char *odd_ones_are_found(void)
{
    pid_t said;
    siginfo_t info;
    CHILD_EXPECT(prepare());
    pid_t stopped = fork(), deaf = stopped > 0 ? fork() : -1, dead = deaf > 0 ? fork() : -1;
    if (stopped == 0)
        raise(SIGSTOP);
    if (deaf == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        say_and_stay();
    }
    if (dead == 0)
        _exit(0);
    CHILD_EXPECT(stopped > 0 && deaf > 0 && dead > 0 && hear(&said) && said == deaf);
    CHILD_EXPECT(waitid(P_PID, (id_t)stopped, &info, WSTOPPED | WNOWAIT) == 0);
    CHILD_EXPECT(waitid(P_PID, (id_t)dead, &info, WEXITED | WNOWAIT) == 0);
    CHILD_EXPECT(sweep_children(NULL, 0, soon()) >= 2);
    CHILD_EXPECT(all_gone());
    return NULL;
}

/* With AddressSanitizer a fork takes tens of milliseconds, so only the other builds make
 * thousands. */
#if defined(__SANITIZE_ADDRESS__)
#define SWEEP_SLOW_FORKS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SWEEP_SLOW_FORKS
#endif
#endif

#ifndef SWEEP_SLOW_FORKS
/* More children than one read of /proc returns. */
static const char *many_are_found(void)
{
    enum { MANY = 700 };
    CHILD_EXPECT(prepare());
    for (int i = 0; i < MANY; i++) {
        pid_t pid = fork();
        CHILD_EXPECT(pid >= 0);
        if (pid == 0)
            stay();
    }
    CHILD_EXPECT(sweep_children(NULL, 0, soon()) == MANY);
    CHILD_EXPECT(all_gone());
    return NULL;
}

/* All children that one read returns are to be kept, and the stray follows them. */
static const char *stray_behind_kept_ones(void)
{
    enum { MANY = 1500 }; /* of 3 bytes at least */
    static pid_t kept[MANY];
    CHILD_EXPECT(prepare());
    for (int i = 0; i <= MANY; i++) {
        pid_t pid = fork();
        CHILD_EXPECT(pid >= 0);
        if (pid == 0)
            stay();
        if (i < MANY)
            kept[i] = pid;
    }
    CHILD_EXPECT(sweep_children(kept, MANY, soon()) == 1);
    CHILD_EXPECT(sweep_children(NULL, 0, soon()) == MANY);
    CHILD_EXPECT(all_gone());
    return NULL;
}

#endif

/* Past the deadline: reported, and the sweeper goes on. */
static const char *deadline_is_past(void)
{
    CHILD_EXPECT(prepare());
    pid_t pid = fork();
    CHILD_EXPECT(pid >= 0);
    if (pid == 0)
        stay();
    CHILD_EXPECT(sweep_children(NULL, 0, 0) == -1 && errno == ETIMEDOUT);
    CHILD_EXPECT(sweep_children(&pid, 1, 0) == 0);
    CHILD_EXPECT(sweep_children(NULL, 0, soon()) >= 0);
    CHILD_EXPECT(all_gone());
    return NULL;
}

static const char *(*const bodies[])(void) = { no_children,        daemon_is_found,
                                               kept_ones_stay,     runaways_are_found,
                                               bombs_are_found,    odd_ones_are_found,
                                               deadline_is_past,
#ifndef SWEEP_SLOW_FORKS
                                               many_are_found,     stray_behind_kept_ones,
#endif
};

START_TEST(in_child)
{
    child_run(bodies[_i]);
}
END_TEST

Suite *sweep_suite(void)
{
    Suite *suite = suite_create("sweep");
    TCase *tcase = tcase_create("sweep");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, in_child, 0, (int)(sizeof bodies / sizeof *bodies));
    suite_add_tcase(suite, tcase);
    return suite;
}
