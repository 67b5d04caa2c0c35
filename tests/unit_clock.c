/* SPDX-License-Identifier: MIT
 * unit_clock.c: the time left until a deadline, in the form that poll() takes.
 */
#include <limits.h>

#include "base/clock.h"
#include "unit.h"

START_TEST(special)
{
    ck_assert_int_eq(clock_poll_timeout(CLOCK_NEVER), -1);
    ck_assert_int_eq(clock_poll_timeout(0), 0);
    ck_assert_int_eq(clock_poll_timeout(clock_now()), 0);
    ck_assert_int_eq(clock_poll_timeout(CLOCK_NEVER - 1), INT_MAX);
    ck_assert_int_eq(clock_poll_timeout(clock_now() + CLOCK_MILLISECOND * INT_MAX * 2), INT_MAX);
}
END_TEST

static uint64_t milliseconds_up(uint64_t ns)
{
    return ns / CLOCK_MILLISECOND + (ns % CLOCK_MILLISECOND != 0);
}

/* Rounded up, so that a wait ends after the deadline. The call is between two readings of the
 * clock, so the speed of the machine does not matter. */
START_TEST(rounded_up)
{
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t before = clock_now();
        uint64_t deadline = before + 10 * CLOCK_SECOND + i * 1777;
        int timeout = clock_poll_timeout(deadline);
        uint64_t after = clock_now();
        if (after >= deadline)
            continue;
        ck_assert_uint_ge((uint64_t)timeout, milliseconds_up(deadline - after));
        ck_assert_uint_le((uint64_t)timeout, milliseconds_up(deadline - before));
    }
}
END_TEST

START_TEST(monotonic)
{
    uint64_t last = clock_now();
    for (int i = 0; i < 10000; i++) {
        uint64_t now = clock_now();
        ck_assert_uint_ge(now, last);
        last = now;
    }
}
END_TEST

static const struct {
    int64_t boottime, realtime; /* ms that the lead changes by */
    bool jumped;
} leads[] = {
    { 0, 0, false },    { 500, 500, false }, { -500, -500, false }, { 501, 0, true },
    { -501, 0, true },  { 0, 501, true },    { 0, -3600000, true },
};

START_TEST(jumps)
{
    struct clock_lead last = clock_lead(), now = last;
    now.boottime += leads[_i].boottime * (int64_t)CLOCK_MILLISECOND;
    now.realtime += leads[_i].realtime * (int64_t)CLOCK_MILLISECOND;
    ck_assert_int_eq(clock_jumped(&last, now), leads[_i].jumped);
    ck_assert(!clock_jumped(&last, now)); /* it is counted once */
}
END_TEST

Suite *clock_suite(void)
{
    Suite *suite = suite_create("clock");
    TCase *tcase = tcase_create("clock");
    tcase_add_test(tcase, special);
    tcase_add_test(tcase, rounded_up);
    tcase_add_test(tcase, monotonic);
    tcase_add_loop_test(tcase, jumps, 0, sizeof leads / sizeof leads[0]);
    suite_add_tcase(suite, tcase);
    return suite;
}
