/* SPDX-License-Identifier: MIT
 * unit_share.c: the memory of injection: made, mapped and refused.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memory/control.h"
#include "inject/share.h"
#include "unit.h"

static struct definition definition = {
    .n_types = 2, .types = { { .name = "a" }, { .name = "b" } },
};

static int create(const char *const *texts, const char *armable, struct share **ret)
{
    static struct rule rules[SHARE_RULES];
    struct call_set calls;
    struct error why;
    uint32_t n = 0;
    for (; texts[n]; n++) {
        ck_assert_int_eq(rule_parse(texts[n], &rules[n], &why), 0);
        ck_assert_int_eq(rule_resolve(&rules[n], &definition, &why), 0);
    }
    if (armable)
        ck_assert_int_eq(call_set_parse(armable, &calls, NULL, &why), 0);
    int fd = share_create(rules, n, armable ? &calls : NULL, 7, &definition, ret, &why);
    ck_assert_msg(fd >= 0, "%s", why.text);
    return fd;
}

START_TEST(made)
{
    const char *const texts[] = { "write:kill", "fsync:error=EIO:actor=b", NULL };
    struct share *share, *mapped;
    struct error why;
    int fd = create(texts, "read", &share);
    ck_assert_uint_eq(share->n_rules, 2);
    ck_assert_uint_eq(share->armable, 1);
    ck_assert(call_set_has(&share->calls, SYS_write) && call_set_has(&share->calls, SYS_fsync));
    ck_assert(call_set_has(&share->calls, SYS_read) && !call_set_has(&share->calls, SYS_getpid));
    ck_assert_int_lt(ftruncate(fd, 1), 0); /* sealed */
    mapped = share_map(fd, true, &why);
    ck_assert_ptr_nonnull(mapped);
    atomic_fetch_add(&mapped->tally[1].fired, 3);
    ck_assert_uint_eq(atomic_load(&share->tally[1].fired), 3);
    ck_assert_str_eq(mapped->rules[1].text, texts[1]);
    share_unmap(mapped);
    share_unmap(share);
    close(fd);
}
END_TEST

static const struct {
    const char *rules[3], *armable;
    bool a0, a1, b0, server, other_server, hook;
} concerns[] = {
    { { "write:kill" }, NULL, true, true, true, true, true, false },
    { { "write:kill:actor=a" }, NULL, true, true, false, false, false, false },
    { { "write:kill:actor=a.1" }, NULL, false, true, false, false, false, false },
    { { "write:kill:actor=a.1", "write:kill:actor=b.0" }, NULL, false, true, true, false, false,
      false },
    { { "write:kill:server=db" }, NULL, false, false, false, true, false, false },
    { { "write:kill:hook=reset" }, NULL, false, false, false, false, false, true },
    { { "write:kill:hook=reset", "write:kill" }, NULL, true, true, true, true, true, true },
    { { NULL }, "write", true, true, true, true, true, false },
    { { "write:kill:hook=reset" }, "write", true, true, true, true, true, true },
};

START_TEST(concern)
{
    struct share *share;
    int fd = create(concerns[_i].rules, concerns[_i].armable, &share);
    ck_assert_int_eq(share_concerns(share, RULE_OF_ACTOR, 0, 0, NULL), concerns[_i].a0);
    ck_assert_int_eq(share_concerns(share, RULE_OF_ACTOR, 0, 1, NULL), concerns[_i].a1);
    ck_assert_int_eq(share_concerns(share, RULE_OF_ACTOR, 1, 0, NULL), concerns[_i].b0);
    ck_assert_int_eq(share_concerns(share, RULE_OF_SERVER, 0, 0, "db"), concerns[_i].server);
    ck_assert_int_eq(share_concerns(share, RULE_OF_SERVER, 0, 0, "cache"),
                     concerns[_i].other_server);
    ck_assert_int_eq(share_concerns(share, RULE_OF_HOOK, 0, 0, NULL), concerns[_i].hook);
    share_unmap(share);
    close(fd);
}
END_TEST

START_TEST(refused)
{
    struct error why = { .text = "" };
    struct share *share;
    ck_assert_int_lt(share_create(NULL, SHARE_RULES + 1, NULL, 7, &definition, &share, &why), 0);
    ck_assert(strstr(why.text, "at most 64") != NULL);
    int fd = memory_create("other", sizeof(struct share), &why);
    ck_assert_ptr_null(share_map(fd, false, &why));
    ck_assert(strstr(why.text, "memory of injection") != NULL);
    close(fd);
    ck_assert_ptr_null(share_map(-1, false, &why));
}
END_TEST

/* The descriptor for reading cannot be made writable. */
START_TEST(read_only)
{
    const char *const texts[] = { "write:kill", NULL };
    struct share *share, *mapped;
    struct error why;
    char path[64];
    int fd = create(texts, NULL, &share);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int other = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_ptr_null(share_map(other, true, &why));
    mapped = share_map(other, false, &why);
    ck_assert_ptr_nonnull(mapped);
    ck_assert_uint_eq(mapped->n_rules, 1);
    share_unmap(mapped);
    share_unmap(share);
    close(other);
    close(fd);
}
END_TEST

/* The last events are kept, except the one in the place of the next. */
START_TEST(events)
{
    const char *const texts[] = { "write:kill", NULL };
    struct share *share;
    struct share_event event;
    close(create(texts, NULL, &share));
    ck_assert(!share_event(share, 0, &event));
    for (uint64_t n = 0; n < 2 * SHARE_EVENTS; n++) {
        share->events[n % SHARE_EVENTS] = (struct share_event){ .at_ns = n };
        atomic_store(&share->n_events, n + 1);
        ck_assert(share_event(share, n, &event));
        ck_assert_uint_eq(event.at_ns, n);
    }
    ck_assert(!share_event(share, 2 * SHARE_EVENTS, &event));
    ck_assert(!share_event(share, SHARE_EVENTS, &event));
    ck_assert(share_event(share, SHARE_EVENTS + 1, &event));
    ck_assert_uint_eq(event.at_ns, SHARE_EVENTS + 1);
    share_renew(share, share->rules, 1);
    ck_assert(!share_event(share, 0, &event));
    share_unmap(share);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

Suite *share_suite(void)
{
    Suite *suite = suite_create("share");
    TCase *tcase = tcase_create("share");
    tcase_add_test(tcase, made);
    tcase_add_loop_test(tcase, concern, 0, ROWS(concerns));
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, read_only);
    tcase_add_test(tcase, events);
    suite_add_tcase(suite, tcase);
    return suite;
}
