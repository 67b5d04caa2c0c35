/* SPDX-License-Identifier: MIT
 * unit_histogram.c: the quantiles of the histogram against those of the sorted values.
 */
#include <stdlib.h>
#include <string.h>

#include "base/histogram.h"
#include "base/random.h"
#include "unit.h"

enum { N_VALUES = 10007 }; /* a prime: no quantile except the last falls between two values */

static uint64_t values[2 * N_VALUES];
static struct histogram histogram, other;

static uint64_t draw_constant(struct random_stream *stream)
{
    (void)stream;
    return 123456789;
}

static uint64_t draw_small(struct random_stream *stream)
{
    return random_below(stream, 70);
}

static uint64_t draw_uniform(struct random_stream *stream)
{
    return random_below(stream, 1000000);
}

/* All powers of two are equally likely, so every bucket is used. */
static uint64_t draw_magnitude(struct random_stream *stream)
{
    return random_next(stream) >> 22 >> random_below(stream, 42);
}

static uint64_t draw_two_humps(struct random_stream *stream)
{
    return random_below(stream, 100) == 0 ? 5000000000 + random_below(stream, 1000)
                                          : 800 + random_below(stream, 50);
}

static uint64_t draw_exponential(struct random_stream *stream)
{
    uint64_t value = 1000;
    while (value < UINT64_C(1) << 40 && random_below(stream, 4) != 0)
        value += value / 3;
    return value;
}

static const struct {
    const char *name;
    uint64_t (*draw)(struct random_stream *);
} distributions[] = {
    { "constant", draw_constant },     { "small", draw_small },
    { "uniform", draw_uniform },       { "magnitude", draw_magnitude },
    { "two humps", draw_two_humps },   { "exponential", draw_exponential },
};
enum { N_DISTRIBUTIONS = sizeof distributions / sizeof *distributions };

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void fill(struct histogram *to, int distribution, uint64_t seed, uint64_t *drawn)
{
    struct random_stream stream = { seed };
    memset(to, 0, sizeof *to);
    for (int i = 0; i < N_VALUES; i++) {
        drawn[i] = distributions[distribution].draw(&stream);
        histogram_add(to, drawn[i]);
    }
}

/* Checks every permille of `n` values, which it sorts. */
static void compare(const char *name, const struct histogram *with, uint64_t *drawn, uint64_t n)
{
    qsort(drawn, (size_t)n, sizeof *drawn, by_value);
    ck_assert_uint_eq(histogram_total(with), n);
    for (uint64_t permille = 0; permille <= 1000; permille++) {
        uint64_t rank = (permille * n + 999) / 1000;
        uint64_t exact = drawn[rank > 0 ? rank - 1 : 0];
        uint64_t said = histogram_quantile(with, (double)permille / 1000);
        ck_assert_msg(said >= exact && said - exact <= exact / 32,
                      "%s, %u permille: %llu instead of %llu", name, (unsigned)permille,
                      (unsigned long long)said, (unsigned long long)exact);
    }
}

START_TEST(quantiles)
{
    fill(&histogram, _i, 1, values);
    compare(distributions[_i].name, &histogram, values, N_VALUES);
}
END_TEST

START_TEST(merge)
{
    fill(&histogram, _i, 2, values);
    fill(&other, (_i + 1) % N_DISTRIBUTIONS, 3, values + N_VALUES);
    histogram_merge(&histogram, &other);
    ck_assert_uint_eq(histogram_total(&other), N_VALUES);
    compare(distributions[_i].name, &histogram, values, 2 * N_VALUES);
}
END_TEST

/* The bucket of a value ends at or after it, and the previous bucket ends before it. */
static void check_place(uint64_t value)
{
    uint32_t index = histogram_index(value);
    ck_assert_uint_lt(index, HISTOGRAM_BUCKETS);
    ck_assert_uint_le(value, histogram_bucket_top(index));
    if (index > 0)
        ck_assert_uint_gt(value, histogram_bucket_top(index - 1));
}

START_TEST(buckets)
{
    for (unsigned bit = 0; bit < HISTOGRAM_VALUE_BITS; bit++)
        for (int64_t near = -40; near <= 40; near++) {
            int64_t value = (INT64_C(1) << bit) + near;
            if (value >= 0 && value < INT64_C(1) << HISTOGRAM_VALUE_BITS)
                check_place((uint64_t)value);
        }
    /* The tops of the buckets ascend, and each belongs to its own bucket. */
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        ck_assert_uint_eq(histogram_index(histogram_bucket_top(i)), i);
    for (uint64_t value = 0; value < 32; value++)
        ck_assert_uint_eq(histogram_bucket_top(histogram_index(value)), value);
}
END_TEST

START_TEST(saturation)
{
    const uint64_t limit = UINT64_C(1) << HISTOGRAM_VALUE_BITS;
    const uint64_t large[] = { limit - 1, limit, limit + 1, limit << 5, UINT64_MAX };
    memset(&histogram, 0, sizeof histogram);
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        histogram_add(&histogram, large[i]);
    ck_assert_uint_eq(histogram.bucket[HISTOGRAM_BUCKETS - 1], 5);
    ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), limit - 1);
    ck_assert_uint_eq(histogram_quantile(&histogram, 1), limit - 1);
}
END_TEST

START_TEST(empty)
{
    memset(&histogram, 0, sizeof histogram);
    ck_assert_uint_eq(histogram_total(&histogram), 0);
    ck_assert_uint_eq(histogram_quantile(&histogram, 0), 0);
    ck_assert_uint_eq(histogram_quantile(&histogram, 1), 0);
    /* The smallest quantile is not below the smallest value. */
    histogram_add(&histogram, 20);
    ck_assert_uint_eq(histogram_quantile(&histogram, 0), 20);
}
END_TEST

Suite *histogram_suite(void)
{
    Suite *suite = suite_create("histogram");
    TCase *tcase = tcase_create("histogram");
    tcase_add_loop_test(tcase, quantiles, 0, N_DISTRIBUTIONS);
    tcase_add_loop_test(tcase, merge, 0, N_DISTRIBUTIONS);
    tcase_add_test(tcase, buckets);
    tcase_add_test(tcase, saturation);
    tcase_add_test(tcase, empty);
    suite_add_tcase(suite, tcase);
    return suite;
}
