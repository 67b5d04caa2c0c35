/* SPDX-License-Identifier: MIT
 * unit_fd.c: descriptors of the harness. Tests that change the limits of the process, or its list
 * of raised descriptors, run in a child.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "child.h"
#include "unit.h"

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int open_null(void)
{
    return open("/dev/null", O_RDWR | O_CLOEXEC);
}

START_TEST(close_keeps_errno)
{
    int fd = open_null(), was = fd;
    ck_assert_int_ge(fd, 0);
    errno = EXDEV;
    fd_close(&fd);
    ck_assert_int_eq(errno, EXDEV);
    ck_assert_int_eq(fd, -1);
    ck_assert(!is_open(was));
    errno = EXDEV;
    fd_close(&fd); /* nothing to close */
    ck_assert_int_eq(errno, EXDEV);
    {
        int scoped FD_CLEANUP = open_null();
        was = scoped;
        ck_assert(is_open(was));
    }
    ck_assert(!is_open(was));
}
END_TEST

static const char *raise_moves(void)
{
    int low = open("/dev/null", O_RDWR); /* not close-on-exec */
    CHILD_EXPECT(low >= 0 && low < FD_BASE);
    int high = fd_raise(low);
    CHILD_EXPECT(high >= FD_BASE);
    CHILD_EXPECT(!is_open(low));
    CHILD_EXPECT(fcntl(high, F_GETFD) == FD_CLOEXEC);
    int next = fd_raise(open_null());
    CHILD_EXPECT(next >= FD_BASE && next != high);
    /* An earlier failure is passed on. */
    errno = ENOENT;
    CHILD_EXPECT(fd_raise(-1) == -1 && errno == ENOENT);
    return NULL;
}

static const char *raise_fails(void)
{
    struct rlimit limit;
    int low = open_null();
    CHILD_EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = FD_BASE; /* no room above it */
    CHILD_EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    errno = 0;
    CHILD_EXPECT(fd_raise(low) == -1 && errno == EINVAL);
    CHILD_EXPECT(!is_open(low));
    CHILD_EXPECT(fd_drop_raised(NULL, 0) == 0); /* nothing was remembered */
    return NULL;
}

/* One descriptor more than can be remembered. */
static const char *raise_is_bounded(void)
{
    struct rlimit limit;
    CHILD_EXPECT(fd_raise_limit() == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_cur < FD_BASE + FD_RAISED + 16)
        return NULL; /* this machine does not allow as many */
    for (int i = 0; i < FD_RAISED; i++)
        CHILD_EXPECT(fd_raise(open_null()) >= FD_BASE);
    int low = open_null();
    CHILD_EXPECT(fd_raise(low) == -1 && errno == EMFILE);
    CHILD_EXPECT(!is_open(low));
    CHILD_EXPECT(fd_drop_raised(NULL, 0) == 0);
    CHILD_EXPECT(!is_open(FD_BASE) && !is_open(FD_BASE + FD_RAISED - 1));
    return NULL;
}

/* Descriptors: ours, user's, ours, ours, ours, user's, ours. All of ours go, except one. */
static const char *drop_keeps_others(void)
{
    enum { N = 7 };
    const bool ours[N] = { true, false, true, true, true, false, true };
    for (int keep = -1; keep < N; keep++) {
        pid_t pid = fork();
        CHILD_EXPECT(pid >= 0);
        if (pid == 0) {
            int fd[N];
            for (int i = 0; i < N; i++)
                fd[i] = ours[i] ? fd_raise(open_null())
                                : fcntl(STDERR_FILENO, F_DUPFD, FD_BASE);
            bool good = fd_drop_raised(&fd[keep < 0 ? 0 : keep], keep >= 0) == 0;
            for (int i = 0; i < N; i++)
                good = good && fd[i] == FD_BASE + i && is_open(fd[i]) == (!ours[i] || i == keep);
            _exit(!good);
        }
        int status;
        CHILD_EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
    }
    return NULL;
}

static const char *limit_comes_back(void)
{
    struct rlimit before, now;
    CHILD_EXPECT(fd_restore_limit() == 0); /* nothing to restore yet */
    CHILD_EXPECT(getrlimit(RLIMIT_NOFILE, &before) == 0);
    before.rlim_cur = before.rlim_max < 300 ? before.rlim_max - 1 : 300;
    CHILD_EXPECT(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHILD_EXPECT(fd_raise_limit() == 0);
    CHILD_EXPECT(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == before.rlim_max);
    CHILD_EXPECT(fd_raise_limit() == 0); /* the second call does not forget the first */
    CHILD_EXPECT(fd_restore_limit() == 0);
    CHILD_EXPECT(getrlimit(RLIMIT_NOFILE, &now) == 0);
    CHILD_EXPECT(now.rlim_cur == before.rlim_cur && now.rlim_max == before.rlim_max);
    return NULL;
}

/* What is written to standard output and what is read from standard input. */
static const char *redirect_leads_there(void)
{
    char byte = 'x';
    int ends[2];
    CHILD_EXPECT(pipe2(ends, O_CLOEXEC) == 0);
    CHILD_EXPECT(fd_redirect(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
    CHILD_EXPECT(fcntl(STDOUT_FILENO, F_GETFD) == 0); /* it outlives an exec */
    CHILD_EXPECT(write(STDOUT_FILENO, "y", 1) == 1);
    CHILD_EXPECT(fd_redirect(-1, STDOUT_FILENO) == STDOUT_FILENO);
    CHILD_EXPECT(fcntl(STDOUT_FILENO, F_GETFD) == 0);
    CHILD_EXPECT(write(STDOUT_FILENO, "z", 1) == 1);
    close(ends[1]);
    CHILD_EXPECT(read(ends[0], &byte, 1) == 1 && byte == 'y');
    CHILD_EXPECT(read(ends[0], &byte, 1) == 0);
    CHILD_EXPECT(fd_redirect(-1, STDIN_FILENO) == STDIN_FILENO);
    CHILD_EXPECT(read(STDIN_FILENO, &byte, 1) == 0);
    CHILD_EXPECT(!is_open(ends[1])); /* the lowest that is free: /dev/null was closed again */
    return NULL;
}

static const char *redirect_fails(void)
{
    struct rlimit limit;
    int closed = open_null();
    CHILD_EXPECT(closed >= 0 && close(closed) == 0);
    CHILD_EXPECT(fd_redirect(closed, STDOUT_FILENO) == -1 && errno == EBADF);
    CHILD_EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = STDERR_FILENO + 1; /* no room for /dev/null */
    CHILD_EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHILD_EXPECT(fd_redirect(-1, STDOUT_FILENO) == -1 && errno == EMFILE);
    return NULL;
}

static const char *(*const bodies[])(void) = {
    raise_moves, raise_fails, raise_is_bounded, drop_keeps_others, limit_comes_back,
    redirect_leads_there, redirect_fails };

START_TEST(in_child)
{
    child_run(bodies[_i]);
}
END_TEST

enum { AMOUNT = 1 << 20, BITE = 1000 };

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 7 + i / 251);
}

/* Reads in small pieces to the end; exits with 0 if all of it came in order. */
static void read_slowly(int fd)
{
    unsigned char bytes[BITE];
    size_t got = 0;
    ssize_t n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++)
            if (bytes[i] != pattern(got++))
                _exit(1);
    _exit(n < 0 || got != AMOUNT);
}

static void on_alarm(int signo)
{
    (void)signo;
}

/* Signals shorten and interrupt the writes all the time. */
START_TEST(write_all_to_slow_reader)
{
    const struct sigaction action = { .sa_handler = on_alarm };
    const struct itimerval often = { { 0, 100 }, { 0, 100 } }, never = { 0 };
    unsigned char *data = malloc(AMOUNT);
    int ends[2], status;
    for (size_t i = 0; i < AMOUNT; i++)
        data[i] = pattern(i);
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        read_slowly(ends[0]);
    }
    close(ends[0]);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    int result = fd_write_all(ends[1], data, AMOUNT);
    setitimer(ITIMER_REAL, &never, NULL);
    close(ends[1]);
    free(data);
    ck_assert_int_eq(result, 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(write_all_fails)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fd_write_all(ends[1], "", 0), 0);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(fd_write_all(ends[1], "text", 4), -1);
    ck_assert_int_eq(errno, EPIPE);
    close(ends[1]);
}
END_TEST

Suite *fd_suite(void)
{
    Suite *suite = suite_create("fd");
    TCase *tcase = tcase_create("fd");
    tcase_add_test(tcase, close_keeps_errno);
    tcase_add_loop_test(tcase, in_child, 0, (int)(sizeof bodies / sizeof *bodies));
    tcase_add_test(tcase, write_all_to_slow_reader);
    tcase_add_test(tcase, write_all_fails);
    suite_add_tcase(suite, tcase);
    return suite;
}
