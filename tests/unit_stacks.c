/* SPDX-License-Identifier: MIT
 * unit_stacks.c: what the monitor makes of the messages of a tracer that may be compromised.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "record/stacks.h"
#include "unit.h"

static struct stacks stacks;
static int tracer; /* the tracer's end of the socket */

static void open_stacks(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    memset(&stacks, 0, sizeof stacks);
    stacks.tracer.results = ends[0];
    stacks.tracer.requests = -1;
    tracer = ends[1];
}

static void close_stacks(void)
{
    stacks_free(&stacks);
    close(tracer);
}

/* `text` NULL: without a descriptor. */
static void send_result(int32_t pid, const char *text, size_t size)
{
    struct trace_result result = { .pid = pid };
    union {
        struct cmsghdr header;
        unsigned char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec part = { &result, sizeof result };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    int fd = memfd_create("test", 0);
    ck_assert_int_eq(write(fd, text ? text : "", size), (ssize_t)size);
    if (text) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    }
    ck_assert_int_eq(sendmsg(tracer, &message, 0), (ssize_t)sizeof result);
    close(fd);
}

static void send_text(int32_t pid, const char *text)
{
    send_result(pid, text, text ? strlen(text) : 0);
}

START_TEST(by_process)
{
    send_text(5, "[{\"thread\": 5, \"frames\": [{\"function\": \"f\"}]}]");
    send_text(6, "[]");
    ck_assert_ptr_null(stacks_claim(&stacks, 7));
    ck_assert_ptr_null(stacks_claim(&stacks, 0));
    json_t *six = stacks_claim(&stacks, 6), *five = stacks_claim(&stacks, 5);
    ck_assert_uint_eq(json_array_size(six), 0);
    ck_assert_uint_eq(json_array_size(five), 1);
    ck_assert_ptr_null(stacks_claim(&stacks, 5)); /* once */
    json_decref(five);
    json_decref(six);
}
END_TEST

static const char *const nonsense[] = {
    NULL, "", "{}", "nonsense", "[", "[1, null, {\"frames\": 3}, {\"frames\": [7, [], {}]}]",
    "[{\"frames\": [{\"function\": 5, \"line\": -3, \"module\": [], \"inlined\": \"yes\"}]}]",
    "[{\"frames\": [{\"function\": \"a\\u001b[31mb\\nc\", \"line\": 1e99}]}]",
};

/* Each stack is dropped, or has the form that all readers know. */
START_TEST(without_sense)
{
    char frames[64];
    send_text(5, nonsense[_i]);
    send_text(6, "[]");
    json_t *got = stacks_claim(&stacks, 5), *after = stacks_claim(&stacks, 6);
    ck_assert_ptr_nonnull(after);
    for (size_t i = 0; i < json_array_size(got); i++)
        ck_assert(json_is_array(json_object_get(json_array_get(got, i), "frames")));
    stacks_frames(got, 3, frames, sizeof frames);
    ck_assert_ptr_null(strchr(frames, '\033'));
    json_decref(got);
    json_decref(after);
}
END_TEST

START_TEST(unclaimed_ones_are_dropped)
{
    for (int i = 1; i <= 3 * STACKS_KEPT; i++) {
        send_text(i, "[]");
        stacks_hear(&stacks);
    }
    ck_assert_uint_eq(stacks.n, STACKS_KEPT);
    ck_assert_ptr_null(stacks_claim(&stacks, 1));
    json_t *last = stacks_claim(&stacks, 3 * STACKS_KEPT);
    ck_assert_ptr_nonnull(last);
    json_decref(last);
}
END_TEST

/* Else the monitor would keep polling it. */
START_TEST(tracer_gone)
{
    send_text(5, "[]");
    ck_assert_int_eq(shutdown(tracer, SHUT_RDWR), 0);
    json_t *five = stacks_claim(&stacks, 5);
    ck_assert_ptr_nonnull(five);
    json_decref(five);
    stacks_hear(&stacks);
    ck_assert_int_eq(stacks.tracer.results, -1);
    stacks_hear(&stacks);
}
END_TEST

#define FRAME(function, module, offset)                                                            \
    "{\"function\": " function ", \"module\": \"" module "\", \"offset\": \"" offset "\"}"
#define LIBC "/lib/libc.so.6"

static const struct {
    const char *frames;
    unsigned most;
    const char *wanted;
} frames[] = {
    { FRAME("\"raise\"", LIBC, "0x1") "," FRAME("\"put\"", "/a/w", "0x2") ","
      FRAME("\"run\"", "/l/libstress-supervisor.so.0", "0x3") "," FRAME("\"main\"", "/a/w", "0x4"),
      3, "put<main" },
    { FRAME("\"f\"", "/a/w", "0x1") "," FRAME("\"g\"", "/a/w", "0x1") ","
      FRAME("\"h\"", "/a/w", "0x1") "," FRAME("\"i\"", "/a/w", "0x1"), 3, "f<g<h" },
    { FRAME("null", "/a/w", "0x12") "," FRAME("null", "/a/w", "0x34"), 3, "w+0x12<w+0x34" },
    { FRAME("null", "/a/w", "0x12"), 1, "w" },
    { FRAME("null", "", "0x41414141") "," FRAME("\"abort\"", "/a/static", "0x1") ","
      FRAME("\"put\"", "/a/static", "0x2"), 3, "put" }, /* never by address */
    { FRAME("\"raise\"", LIBC, "0x1"), 3, "" },
    { "", 3, "" },
};

START_TEST(that_tell_one_from_another)
{
    char text[1024], got[64], small[6];
    snprintf(text, sizeof text, "[{\"frames\": [%s]}]", frames[_i].frames);
    send_text(5, text);
    json_t *threads = stacks_claim(&stacks, 5);
    ck_assert_str_eq(stacks_frames(threads, frames[_i].most, got, sizeof got), frames[_i].wanted);
    stacks_frames(threads, frames[_i].most, small, sizeof small);
    ck_assert_uint_lt(strlen(small), sizeof small);
    json_decref(threads);
}
END_TEST

Suite *stacks_suite(void)
{
    Suite *suite = suite_create("stacks");
    TCase *test = tcase_create("stacks");
    tcase_add_checked_fixture(test, open_stacks, close_stacks);
    tcase_add_test(test, by_process);
    tcase_add_loop_test(test, without_sense, 0, sizeof nonsense / sizeof *nonsense);
    tcase_add_test(test, unclaimed_ones_are_dropped);
    tcase_add_test(test, tracer_gone);
    tcase_add_loop_test(test, that_tell_one_from_another, 0, sizeof frames / sizeof *frames);
    suite_add_tcase(suite, test);
    return suite;
}
