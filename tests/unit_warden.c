/* SPDX-License-Identifier: MIT
 * unit_warden.c: the warden with real processes. The tests synchronise by poll() and ends of file:
 * a pipe that all processes of a test hold is at its end when the last of them is gone.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/tree.h"
#include "warden/warden.h"

Suite *warden_suite(void);

/* The output of the script comes out of output[0]. */
static int output[2];

static void make_pipe(void)
{
    ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

static const struct scratch no_scratch = { .at = -1 };

static void start_program(struct warden *warden, const char *path, const char *script,
                          const struct scratch *scratch, int keep)
{
    char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
    const struct warden_program program = { .path = path, .argv = argv, .envp = environ,
                                            .keep = { keep, -1, -1 }, .output = output[1],
                                            .scratch = scratch };
    struct error error;
    ck_assert_msg(warden_start(warden, &program, &error) == 0, "%s", error.text);
    fd_close(&output[1]);
}

static void start(struct warden *warden, const char *script)
{
    start_program(warden, "/bin/sh", script, &no_scratch, -1);
}

/* Reads up to a newline. False: the end. */
static bool read_line(char *line, size_t size)
{
    size_t used = 0;
    char byte;
    ssize_t n;
    while ((n = read(output[0], &byte, 1)) == 1 && byte != '\n')
        if (used + 1 < size)
            line[used++] = byte;
    line[used] = '\0';
    return n == 1;
}

static void expect_end_of_output(void)
{
    char line[64];
    ck_assert(!read_line(line, sizeof line));
}

static int receive(struct warden *warden, struct warden_death *death, struct error *error)
{
    struct pollfd ready = { .fd = warden->pipe, .events = POLLIN };
    ck_assert_int_eq(poll(&ready, 1, -1), 1);
    return warden_receive(warden, death, error);
}

static struct warden_death expect_death(struct warden *warden, int code, int status)
{
    struct warden_death death;
    struct error error;
    ck_assert_int_eq(receive(warden, &death, &error), 1);
    ck_assert_int_eq(death.info.si_code, code);
    ck_assert_int_eq(death.info.si_status, status);
    ck_assert_int_eq(warden->pipe, -1);
    ck_assert_int_eq(waitpid(warden->pid, NULL, 0), -1); /* it is reaped */
    return death;
}

START_TEST(exit_status)
{
    struct warden warden;
    start(&warden, "exit 3");
    ck_assert_int_eq(expect_death(&warden, CLD_EXITED, 3).failure.code, 0);
}
END_TEST

START_TEST(killed_by_signal)
{
    struct warden warden;
    start(&warden, "kill -KILL $$");
    expect_death(&warden, CLD_KILLED, SIGKILL);
}
END_TEST

START_TEST(not_executable)
{
    struct warden warden;
    struct warden_death death;
    struct error error;
    start_program(&warden, "/no/such/program", "", &no_scratch, -1);
    ck_assert_int_eq(receive(&warden, &death, &error), 1);
    ck_assert_int_eq(death.failure.code, ENOENT);
    ck_assert(death.failure.exec);
    expect_end_of_output();
}
END_TEST

START_TEST(nothing_yet)
{
    struct warden warden;
    struct warden_death death;
    struct error error;
    start(&warden, "echo up; exec sleep 1000");
    char line[16];
    ck_assert(read_line(line, sizeof line));
    ck_assert_int_eq(warden_receive(&warden, &death, &error), 0);
    warden_kill(&warden);
    expect_death(&warden, CLD_KILLED, SIGKILL);
    expect_end_of_output();
}
END_TEST

/* A daemon that has left its session and its parent is killed and counted, too. */
START_TEST(kills_all)
{
    struct warden warden;
    char line[32];
    start(&warden, "(setsid sh -c 'echo $$; exec sleep 1000' &); exec sleep 1000");
    ck_assert(read_line(line, sizeof line));
    pid_t daemon = atoi(line);
    ck_assert_int_eq(kill(daemon, 0), 0);
    warden_kill(&warden);
    struct warden_death death = expect_death(&warden, CLD_KILLED, SIGKILL);
    ck_assert_int_ge(death.strays, 1);
    ck_assert_int_eq(kill(daemon, 0), -1);
    expect_end_of_output();
}
END_TEST

START_TEST(warden_killed)
{
    struct warden warden;
    struct warden_death death;
    struct error error;
    char line[16];
    start(&warden, "echo up; exec sleep 1000");
    ck_assert(read_line(line, sizeof line));
    ck_assert_int_eq(kill(warden.pid, SIGKILL), 0);
    ck_assert_int_eq(receive(&warden, &death, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "SIGKILL"));
    expect_end_of_output(); /* the supervisor died with it */
}
END_TEST

/* All signals have their default, none is blocked, and the descriptors are right. */
START_TEST(inheritance)
{
    struct warden warden;
    char line[64];
    sigset_t set;
    FD_CLEANUP int kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
    FD_CLEANUP int other = open("/dev/null", O_RDONLY); /* not even close-on-exec */
    ck_assert(kept >= 0 && other >= 0);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    start_program(&warden, "/bin/sh", "exec sed -En 's/^Sig(Blk|Ign):.//p' /proc/self/status",
                  &no_scratch, kept);
    for (int i = 0; i < 2; i++) {
        ck_assert(read_line(line, sizeof line));
        /* Signals 32 and 33 belong to the C library, which does not let programs set them. */
        ck_assert_uint_eq(strtoull(line, NULL, 16) & ~UINT64_C(0x180000000), 0);
    }
    expect_death(&warden, CLD_EXITED, 0);
    fd_close(&output[0]);
    ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
    char wanted[32];
    start_program(&warden, "/bin/sh", "fd=0; while [ $fd -lt 64 ]; do [ ! -e /proc/$$/fd/$fd ] || "
                                      "echo $fd; fd=$((fd + 1)); done", &no_scratch, kept);
    const int numbers[] = { 0, 1, 2, kept };
    for (size_t i = 0; i < 4; i++) {
        snprintf(wanted, sizeof wanted, "%d", numbers[i]);
        ck_assert(read_line(line, sizeof line));
        ck_assert_str_eq(line, wanted);
    }
    expect_end_of_output();
    expect_death(&warden, CLD_EXITED, 0);
}
END_TEST

static void reap_everybody(void)
{
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
    ck_assert_int_eq(errno, ECHILD);
}

/* Makes directory/scratch/file, and what lies beside the scratch directory. */
static void fill(const char *directory, struct scratch *ret)
{
    struct error error;
    char path[64];
    mkdir(directory, 0700);
    snprintf(path, sizeof path, "%s/scratch", directory);
    ck_assert_msg(scratch_make(ret, path, &error) == 0, "%s", error.text);
    int file FD_CLEANUP = openat(ret->at, "scratch/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    int note FD_CLEANUP = openat(ret->at, "witness/note", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert(file >= 0 && note >= 0);
}

/* A process in the place of the monitor is killed: all processes below it end, and the scratch
 * directory is removed, wherever it was moved, and not another in its place. */
START_TEST(monitor_killed)
{
    char directory[] = "/tmp/unit-warden-XXXXXX", moved[64], line[32];
    struct error error;
    ck_assert_ptr_nonnull(mkdtemp(directory));
    struct scratch scratch, other;
    fill(directory, &scratch);
    pid_t monitor = fork();
    ck_assert_int_ge(monitor, 0);
    if (monitor == 0) {
        struct warden warden;
        start_program(&warden, "/bin/sh",
                      "(setsid sh -c 'echo $$; exec sleep 1000' &); exec sleep 1000", &scratch, -1);
        for (;;)
            pause();
    }
    fd_close(&output[1]);
    ck_assert(read_line(line, sizeof line));
    pid_t daemon = atoi(line);
    snprintf(moved, sizeof moved, "%s.moved", directory);
    ck_assert_int_eq(rename(directory, moved), 0);
    fill(directory, &other);
    ck_assert_int_eq(kill(monitor, SIGKILL), 0);
    expect_end_of_output();
    reap_everybody(); /* the warden among them: it removes the directory last */
    ck_assert_int_eq(kill(daemon, 0), -1);
    ck_assert_int_eq(faccessat(other.at, "scratch/file", F_OK, 0), 0);
    ck_assert_int_eq(rmdir(moved), 0); /* so nothing is left in it */
    ck_assert_int_eq(tree_remove(directory, &error), 0);
    scratch_close(&scratch);
    scratch_close(&other);
}
END_TEST

Suite *warden_suite(void)
{
    Suite *suite = suite_create("warden");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, make_pipe, NULL);
    tcase_add_test(tests, exit_status);
    tcase_add_test(tests, killed_by_signal);
    tcase_add_test(tests, not_executable);
    tcase_add_test(tests, nothing_yet);
    tcase_add_test(tests, kills_all);
    tcase_add_test(tests, warden_killed);
    tcase_add_test(tests, inheritance);
    tcase_add_test(tests, monitor_killed);
    suite_add_tcase(suite, tests);
    return suite;
}
