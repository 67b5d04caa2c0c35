/* SPDX-License-Identifier: MIT
 * unit_output.c: what is kept of the output of processes.
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
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "session/output.h"

Suite *output_suite(void);

static struct output *output;
static int announce;    /* where pipes are announced */
static int environment; /* write end of the environment's pipe */
static char tail[OUTPUT_TAIL];

static void listen_anew(void)
{
    int pair[2], ends[2];
    struct error error;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq(output_listen(output, pair[0], ends[0], &error), 0);
    announce = pair[1];
    environment = ends[1];
}

static void set_up(void)
{
    struct error error;
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(fd_raise_limit(), 0);
    output = output_new(&error);
    ck_assert_ptr_nonnull(output);
    listen_anew();
}

static void tear_down(void)
{
    output_free(output);
    fd_close(&announce);
    fd_close(&environment);
}

static int open_pipe(enum wire_source source, uint32_t index)
{
    int fd = wire_output_open(announce, source, index);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static void say(int fd, const char *text)
{
    ck_assert_int_eq(fd_write_all(fd, text, strlen(text)), 0);
}

static void expect_tail(enum wire_source source, int index, const char *text)
{
    size_t n = output_tail(output, source, index, 0, tail, sizeof tail);
    ck_assert_uint_eq(n, strlen(text));
    ck_assert_mem_eq(tail, text, n);
}

static bool readable(void)
{
    struct pollfd ready = { .fd = output_fd(output), .events = POLLIN };
    return poll(&ready, 1, 0) > 0;
}

START_TEST(sources)
{
    FD_CLEANUP int actor = open_pipe(WIRE_SOURCE_ACTOR, 3);
    FD_CLEANUP int server = open_pipe(WIRE_SOURCE_SERVER, 3);
    say(actor, "actor");
    say(server, "server");
    say(environment, "environment");
    expect_tail(WIRE_SOURCE_ACTOR, 3, "actor");
    expect_tail(WIRE_SOURCE_SERVER, 3, "server");
    expect_tail(WIRE_SOURCE_ACTOR, -1, "environment");
    expect_tail(WIRE_SOURCE_ACTOR, 2, "");
    say(actor, "+more");
    expect_tail(WIRE_SOURCE_ACTOR, 3, "actor+more");
    ck_assert_uint_eq(output_tail(output, WIRE_SOURCE_ACTOR, 3, 0, tail, 4), 4);
    ck_assert_mem_eq(tail, "more", 4);
}
END_TEST

/* Nothing of the previous pipe is lost, and its tail is dropped only after a reset. */
START_TEST(incarnations)
{
    int first = open_pipe(WIRE_SOURCE_ACTOR, 0);
    say(first, "first ");
    FD_CLEANUP int second = open_pipe(WIRE_SOURCE_ACTOR, 0);
    say(second, "second");
    fd_close(&first);
    expect_tail(WIRE_SOURCE_ACTOR, 0, "first second");
    output_reset(output);
    expect_tail(WIRE_SOURCE_ACTOR, 0, "first second");
    FD_CLEANUP int third = open_pipe(WIRE_SOURCE_ACTOR, 0);
    say(second, " late");
    say(third, "third");
    expect_tail(WIRE_SOURCE_ACTOR, 0, "third");
    FD_CLEANUP int fourth = open_pipe(WIRE_SOURCE_ACTOR, 0);
    say(fourth, "+fourth");
    expect_tail(WIRE_SOURCE_ACTOR, 0, "third+fourth");
}
END_TEST

/* What is announced behind a reset waits for the news of it: output_tail() and output_drain() do
 * not take it, and the socket does not keep the monitor busy meanwhile. */
START_TEST(behind_a_reset)
{
    int first = open_pipe(WIRE_SOURCE_SERVER, 0);
    say(first, "before");
    fd_close(&first);
    wire_output_reset(announce);
    FD_CLEANUP int second = open_pipe(WIRE_SOURCE_SERVER, 0);
    say(second, "behind");
    for (int i = 0; i < 10 && readable(); i++)
        output_drain(output);
    ck_assert(!readable());
    expect_tail(WIRE_SOURCE_SERVER, 0, "before");
    output_reset(output);
    ck_assert(readable());
    expect_tail(WIRE_SOURCE_SERVER, 0, "behind");
    output_reset(output); /* the news first, as when the socket has no room left: nothing waits */
    FD_CLEANUP int third = open_pipe(WIRE_SOURCE_SERVER, 0);
    say(third, "third");
    expect_tail(WIRE_SOURCE_SERVER, 0, "third");
}
END_TEST

/* A supervisor that dies between the two has no successor that waits. */
START_TEST(reset_of_an_earlier_supervisor)
{
    wire_output_reset(announce);
    FD_CLEANUP int first = open_pipe(WIRE_SOURCE_SERVER, 0);
    say(first, "first");
    wire_output_reset(announce);
    FD_CLEANUP int second = open_pipe(WIRE_SOURCE_SERVER, 1);
    say(second, "second");
    fd_close(&announce);
    fd_close(&environment);
    listen_anew();
    expect_tail(WIRE_SOURCE_SERVER, 0, "first");
    expect_tail(WIRE_SOURCE_SERVER, 1, "second");
    FD_CLEANUP int third = open_pipe(WIRE_SOURCE_SERVER, 2);
    say(third, "third");
    expect_tail(WIRE_SOURCE_SERVER, 2, "third");
}
END_TEST

START_TEST(ends)
{
    int actor = open_pipe(WIRE_SOURCE_ACTOR, 0);
    say(actor, "last words");
    fd_close(&actor);
    while (readable())
        output_drain(output);
    expect_tail(WIRE_SOURCE_ACTOR, 0, "last words");
    fd_close(&announce); /* the supervisor is gone: nothing left to do */
    fd_close(&environment);
    while (readable())
        output_drain(output);
}
END_TEST

START_TEST(another_supervisor)
{
    FD_CLEANUP int actor = open_pipe(WIRE_SOURCE_ACTOR, 0);
    say(actor, "actor");
    say(environment, "old ");
    fd_close(&announce);
    fd_close(&environment);
    listen_anew();
    say(environment, "new");
    expect_tail(WIRE_SOURCE_ACTOR, -1, "old new");
    expect_tail(WIRE_SOURCE_ACTOR, 0, "actor");
}
END_TEST

static void expect_line(uint64_t mark, const char *line)
{
    char last[64] = "";
    ck_assert_int_eq(output_last_line(output, WIRE_SOURCE_ACTOR, 0, mark, last, sizeof last),
                     line != NULL);
    if (line)
        ck_assert_str_eq(last, line);
}

/* Which command wrote which line; the marks themselves are in no tail. */
START_TEST(marks)
{
    FD_CLEANUP int actor = open_pipe(WIRE_SOURCE_ACTOR, 0);
    say(actor, "before\n");
    wire_output_mark(actor, 1);
    say(actor, "one\nof one \r\n\n");
    wire_output_mark(actor, 2);
    expect_line(2, NULL);
    wire_output_mark(actor, 3);
    say(actor, "of three");
    expect_line(0, "of three");
    expect_line(1, "of one");
    expect_line(2, NULL);
    expect_line(3, "of three");
    expect_line(4, NULL);
    expect_tail(WIRE_SOURCE_ACTOR, 0, "before\none\nof one \r\n\nof three");
    for (uint64_t i = 4; i <= 64; i++)
        wire_output_mark(actor, i);
    expect_line(1, "of one");
    wire_output_mark(actor, 65);
    expect_line(1, NULL); /* too old */
    expect_line(3, "of three");
    ck_assert(!output_is_cut(output, WIRE_SOURCE_ACTOR, 0));
}
END_TEST

/* The next process has written more than is kept before the line is asked for. */
START_TEST(marks_of_the_next_process)
{
    static char much[OUTPUT_TAIL];
    int first = open_pipe(WIRE_SOURCE_ACTOR, 0);
    output_drain(output);
    wire_output_mark(first, 7);
    say(first, "the line");
    fd_close(&first);
    FD_CLEANUP int second = open_pipe(WIRE_SOURCE_ACTOR, 0);
    for (uint64_t i = 8; i <= 100; i++)
        wire_output_mark(second, i);
    memset(much, 'x', sizeof much);
    ck_assert_int_eq(fd_write_all(second, much, sizeof much), 0);
    expect_line(7, "the line");
}
END_TEST

static void expect_start(uint64_t start, const char *text, const char *line)
{
    size_t n = output_tail(output, WIRE_SOURCE_ACTOR, 0, WIRE_MARK_START | start, tail,
                           sizeof tail);
    ck_assert_uint_eq(n, strlen(text));
    ck_assert_mem_eq(tail, text, n);
    expect_line(WIRE_MARK_START | start, line);
}

/* Which process wrote what: a tail ends before the next process, also if the marks of commands are
 * forgotten since. */
START_TEST(starts)
{
    FD_CLEANUP int actor = open_pipe(WIRE_SOURCE_ACTOR, 0);
    wire_output_mark(actor, WIRE_MARK_START | 1);
    say(actor, "one ");
    expect_start(1, "one ", "one");
    wire_output_mark(actor, WIRE_MARK_START | 2);
    wire_output_mark(actor, WIRE_MARK_START | 3);
    for (uint64_t i = 1; i <= 100; i++) {
        wire_output_mark(actor, i);
        output_drain(output);
    }
    say(actor, "three");
    expect_start(1, "one ", "one");
    expect_start(2, "one ", NULL);
    expect_start(3, "one three", NULL); /* the line belongs to a command */
    expect_line(100, "three");
    wire_output_mark(actor, WIRE_MARK_START | 4);
    say(actor, " four");
    expect_line(100, "three");
    expect_start(3, "one three", NULL);
    expect_tail(WIRE_SOURCE_ACTOR, 0, "one three four");
    for (uint64_t i = 5; i <= 12; i++)
        wire_output_mark(actor, WIRE_MARK_START | i);
    say(actor, "!");
    expect_start(2, "one three four", NULL); /* too old: up to the first one that is known */
    expect_start(12, "one three four!", "!");
}
END_TEST

/* In pieces, and what only begins like one. */
START_TEST(halves_of_marks)
{
    struct wire_mark mark = { WIRE_MARK_MAGIC, 7 };
    FD_CLEANUP int actor = open_pipe(WIRE_SOURCE_ACTOR, 0);
    for (size_t i = 0; i < sizeof mark; i++) {
        ck_assert_int_eq(fd_write_all(actor, (const char *)&mark + i, 1), 0);
        output_drain(output);
    }
    say(actor, "line");
    expect_line(7, "line");
    ck_assert_int_eq(fd_write_all(actor, mark.magic, 5), 0);
    ck_assert_int_eq(fd_write_all(actor, &mark, sizeof mark), 0);
    say(actor, "next");
    expect_line(7, "next");
    ck_assert_uint_eq(output_tail(output, WIRE_SOURCE_ACTOR, 0, 0, tail, sizeof tail), 4 + 5 + 4);
    ck_assert_mem_eq(tail + 4, mark.magic, 5);
    ck_assert_int_eq(fd_write_all(actor, mark.magic, 3), 0);
    fd_close(&actor);
    output_drain(output);
    output_drain(output);
    ck_assert_uint_eq(output_tail(output, WIRE_SOURCE_ACTOR, 0, 0, tail, sizeof tail), 13 + 3);
}
END_TEST

/* Of output that is cut, the last line is known as long as it is kept. */
START_TEST(marks_far_back)
{
    static char much[OUTPUT_TAIL];
    FD_CLEANUP int actor = open_pipe(WIRE_SOURCE_ACTOR, 0);
    memset(much, 'x', sizeof much);
    wire_output_mark(actor, 1);
    say(actor, "the first");
    wire_output_mark(actor, 2);
    ck_assert_int_eq(fd_write_all(actor, much, sizeof much), 0);
    say(actor, "\nthe last\n");
    expect_line(1, NULL);
    expect_line(2, "the last");
    ck_assert(output_is_cut(output, WIRE_SOURCE_ACTOR, 0));
}
END_TEST

/* 100 MB in lines of 16 bytes: the writer always gets on, and the end is kept. */
START_TEST(flood)
{
    enum { LINES = 100 * 1000 * 1000 / 16 };
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        FILE *out = fdopen(wire_output_open(announce, WIRE_SOURCE_ACTOR, 7), "w");
        for (unsigned i = 0; out && i < LINES; i++)
            fprintf(out, "line %010u\n", i);
        _exit(out && fclose(out) == 0 ? 0 : 1);
    }
    int status;
    while (waitpid(child, &status, WNOHANG) == 0) {
        struct pollfd ready = { .fd = output_fd(output), .events = POLLIN };
        poll(&ready, 1, 100);
        output_drain(output);
    }
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(output_tail(output, WIRE_SOURCE_ACTOR, 7, 0, tail, sizeof tail), sizeof tail);
    for (size_t i = 0; i < OUTPUT_TAIL / 16; i++) {
        char line[32];
        snprintf(line, sizeof line, "line %010u\n", (unsigned)(LINES - OUTPUT_TAIL / 16 + i));
        ck_assert_mem_eq(tail + 16 * i, line, 16);
    }
}
END_TEST

START_TEST(many_pipes)
{
    enum { MANY = 1000 };
    static int pipes[MANY];
    char text[32];
    for (uint32_t i = 0; i < MANY; i++) {
        pipes[i] = open_pipe(WIRE_SOURCE_ACTOR, i);
        output_drain(output);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "actor %u", i);
        say(pipes[i], text);
    }
    while (readable())
        output_drain(output);
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "actor %u", i);
        expect_tail(WIRE_SOURCE_ACTOR, (int)i, text);
        fd_close(&pipes[i]);
    }
}
END_TEST

/* Announcements that make no sense do no harm. */
START_TEST(nonsense)
{
    FD_CLEANUP int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const struct wire_output none = { .source = WIRE_SOURCE_ACTOR, .index = 0 };
    FD_CLEANUP int far = wire_output_open(announce, WIRE_SOURCE_ACTOR, DEFINITION_ACTORS);
    FD_CLEANUP int kind = wire_output_open(announce, WIRE_SOURCES, 0);
    ck_assert(null >= 0 && far >= 0 && kind >= 0);
    ck_assert_int_eq(send(announce, "rubbish", 7, MSG_NOSIGNAL), 7);
    ck_assert_int_eq(send(announce, &none, sizeof none, MSG_NOSIGNAL), (int)sizeof none);
    FD_CLEANUP int actor = open_pipe(WIRE_SOURCE_ACTOR, 0);
    say(actor, "still there");
    while (readable())
        output_drain(output);
    expect_tail(WIRE_SOURCE_ACTOR, 0, "still there");
    expect_tail(WIRE_SOURCE_ACTOR, DEFINITION_ACTORS, "");
    expect_tail(WIRE_SOURCE_SERVER, DEFINITION_SERVERS, "");
}
END_TEST

/* The reason is ours, whatever failed before. */
START_TEST(not_a_pipe)
{
    struct error error;
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    fd_close(&announce);
    announce = pair[1];
    errno = EXDEV;
    ck_assert_int_eq(output_listen(output, pair[0], open("/dev/null", O_RDWR | O_CLOEXEC), &error),
                     -1);
    ck_assert_ptr_nonnull(strstr(error.text, strerror(EINVAL)));
}
END_TEST

/* Its writer does not die of that. */
START_TEST(not_to_be_watched)
{
    int null FD_CLEANUP = open("/dev/null", O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(output_failure(output), 0);
    ck_assert_int_ge(dup3(null, output_fd(output), O_CLOEXEC), 0);
    int pipe FD_CLEANUP = open_pipe(WIRE_SOURCE_ACTOR, 3);
    say(pipe, "a");
    expect_tail(WIRE_SOURCE_ACTOR, 3, "a");
    say(pipe, "b");
    ck_assert_int_eq(output_failure(output), EINVAL);
}
END_TEST

Suite *output_suite(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, sources);
    tcase_add_test(tests, incarnations);
    tcase_add_test(tests, behind_a_reset);
    tcase_add_test(tests, reset_of_an_earlier_supervisor);
    tcase_add_test(tests, starts);
    tcase_add_test(tests, ends);
    tcase_add_test(tests, another_supervisor);
    tcase_add_test(tests, marks);
    tcase_add_test(tests, marks_of_the_next_process);
    tcase_add_test(tests, halves_of_marks);
    tcase_add_test(tests, marks_far_back);
    tcase_add_test(tests, flood);
    tcase_add_test(tests, many_pipes);
    tcase_add_test(tests, not_to_be_watched);
    tcase_add_test(tests, nonsense);
    tcase_add_test(tests, not_a_pipe);
    suite_add_tcase(suite, tests);
    return suite;
}
