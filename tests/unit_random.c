/* SPDX-License-Identifier: MIT
 * unit_random.c: draws against known answers, the streams of operations, fairness.
 */
#include <stdlib.h>

#include "actor/actor.h"
#include "base/random.h"
#include "unit.h"

START_TEST(known_answers)
{
    /* The published values of SplitMix64. */
    const uint64_t expected[] = { UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                  UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                  UINT64_C(16408922859458223821) };
    struct random_stream stream = { 1234567 };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_uint_eq(random_next(&stream), expected[i]);
}
END_TEST

/* The seed of an old report must always draw the same. Computed independently of this code. */
START_TEST(pinned)
{
    uint64_t key = random_actor_key("writer", 0), other = random_actor_key("writer", 7);
    struct random_stream first = random_operation(42, key, 0);
    struct random_stream later = random_operation(42, other, 1000);
    ck_assert_uint_eq(key, UINT64_C(0x8ed9bd5d2393a467));
    ck_assert_uint_eq(other, UINT64_C(0x5d4e21f46ab68903));
    ck_assert_uint_eq(random_next(&first), UINT64_C(0x3698b47e1b9d5129));
    ck_assert_uint_eq(random_next(&later), UINT64_C(0xb43228e87b85fe2c));
}
END_TEST

enum { KEYS = 32, OPERATIONS = 512, DRAWS = KEYS * OPERATIONS };

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Neighbours (the next actor, operation or seed) have nothing in common: all first draws differ,
 * and half of the bits change. */
START_TEST(streams_are_independent)
{
    static uint64_t drawn[DRAWS];
    uint64_t changed = 0;
    for (uint32_t i = 0; i < DRAWS; i++) {
        uint32_t actor = i / OPERATIONS, operation = i % OPERATIONS;
        uint64_t key = random_actor_key(actor % 2 ? "writer" : "reader", actor / 2);
        struct random_stream stream = random_operation(7, key, operation);
        struct random_stream next = random_operation(7, key, operation + 1);
        struct random_stream other_seed = random_operation(8, key, operation);
        drawn[i] = random_next(&stream);
        changed += (uint64_t)__builtin_popcountll(drawn[i] ^ random_next(&next));
        changed += (uint64_t)__builtin_popcountll(drawn[i] ^ random_next(&other_seed));
    }
    qsort(drawn, DRAWS, sizeof *drawn, by_value);
    for (int i = 1; i < DRAWS; i++)
        ck_assert_uint_ne(drawn[i - 1], drawn[i]);
    uint64_t expected = 2 * DRAWS * 32;
    ck_assert_uint_ge(changed, expected - expected / 100);
    ck_assert_uint_le(changed, expected + expected / 100);
}
END_TEST

/* The number of draws of one operation does not affect any other. */
START_TEST(streams_do_not_disturb)
{
    uint64_t key = random_actor_key("writer", 3);
    struct random_stream alone = random_operation(5, key, 10);
    uint64_t first = random_next(&alone), second = random_next(&alone);
    struct random_stream before = random_operation(5, key, 9);
    for (int i = 0; i < 1000; i++)
        random_next(&before);
    struct random_stream again = random_operation(5, key, 10);
    ck_assert_uint_eq(random_next(&again), first);
    random_next(&before);
    ck_assert_uint_eq(random_next(&again), second);
}
END_TEST

START_TEST(below_stays_below)
{
    const uint64_t bounds[] = { 1, 2, 3, 10, 1000, UINT64_C(1) << 32, (UINT64_C(1) << 63) + 1,
                                UINT64_MAX };
    struct random_stream stream = { 99 };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        for (int n = 0; n < 10000; n++)
            ck_assert_uint_lt(random_below(&stream, bounds[i]), bounds[i]);
    for (int n = 0; n < 100; n++) {
        ck_assert_uint_eq(random_below(&stream, 0), 0);
        ck_assert_uint_eq(random_below(&stream, 1), 0);
    }
}
END_TEST

enum { MAX_CLASSES = 1000 };

/* The chi-square of the draws by class. The seed is fixed, so the result is, too. One in a million
 * fair streams is above `limit`. */
static const struct {
    uint64_t bound, classes;
    double limit;
} fair[] = {
    { 2, 2, 24 },     { 3, 3, 28 },
    { 7, 7, 40 },     { 10, 10, 47 },
    { 1000, 1000, 1230 },
    /* Without rejection each fourth draw would fall on a multiple of 3 twice. */
    { UINT64_C(3) << 62, 3, 28 },
};

START_TEST(below_is_fair)
{
    static uint64_t count[MAX_CLASSES];
    const uint64_t n = 300000, classes = fair[_i].classes;
    struct random_stream stream = { 2024 };
    for (uint64_t i = 0; i < n; i++)
        count[random_below(&stream, fair[_i].bound) % classes]++;
    double expected = (double)n / (double)classes, chi = 0;
    for (uint64_t i = 0; i < classes; i++) {
        double off = (double)count[i] - expected;
        chi += off * off / expected;
    }
    ck_assert_double_lt(chi, fair[_i].limit);
}
END_TEST

START_TEST(fresh_seeds_differ)
{
    uint64_t a = 0, b = 0;
    ck_assert_int_eq(random_seed_fresh(&a), 0);
    ck_assert_int_eq(random_seed_fresh(&b), 0);
    ck_assert_uint_ne(a, b);
}
END_TEST

/* The whole range is drawn from, and each operation has a delay of its own, always the same. */
START_TEST(delays)
{
    struct stress_actor actor = { .seed = 1, .key = 2, .delay_ns = 10, .delay_most_ns = 13 };
    unsigned seen = 0;
    for (actor.operation = 0; actor.operation < 100; actor.operation++) {
        uint64_t ns = actor_delay(&actor);
        ck_assert(ns >= 10 && ns <= 13);
        ck_assert_uint_eq(actor_delay(&actor), ns);
        seen |= 1u << (ns - 10);
    }
    ck_assert_uint_eq(seen, 0xf);
    actor.delay_most_ns = 10;
    ck_assert_uint_eq(actor_delay(&actor), 10);
}
END_TEST

Suite *random_suite(void)
{
    Suite *suite = suite_create("random");
    TCase *tcase = tcase_create("random");
    tcase_add_test(tcase, known_answers);
    tcase_add_test(tcase, pinned);
    tcase_add_test(tcase, streams_are_independent);
    tcase_add_test(tcase, streams_do_not_disturb);
    tcase_add_test(tcase, below_stays_below);
    tcase_add_loop_test(tcase, below_is_fair, 0, (int)(sizeof fair / sizeof *fair));
    tcase_add_test(tcase, fresh_seeds_differ);
    tcase_add_test(tcase, delays);
    suite_add_tcase(suite, tcase);
    return suite;
}
