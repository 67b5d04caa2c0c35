/* SPDX-License-Identifier: MIT
 * unit_address.c: the pattern of a path, and the ordinals of points: with them a rule hits the same
 * call in each run.
 */
#include "crash/address.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static const struct {
    const char *path, *pattern;
} patterns[] = {
    { "", "" },
    { "/a/run/scratch/db", "*/scratch/db" }, /* a name of ours is not made up */
    { "/a/scratch/b/scratch/db", "*/scratch/db" },
    { "/a/scratch", "*/scratch" },
    { "/a/scratch/scratch.d/b1", "*/scratch/scratch.d/b[0-9]*" },
    { "/srv/log.17", "*/srv/log.[0-9]*" },
    { "/srv/[a]*b", "*/srv/?a??b" },
    { "/srv/sedXa9K2z", "*/srv/sed??????" },
};

START_TEST(pattern)
{
    char text[RULE_PATH];
    address_pattern(patterns[_i].path, text, sizeof text);
    ck_assert_str_eq(text, patterns[_i].pattern);
    ck_assert(!*text || rule_path_fits(text, patterns[_i].path));
}
END_TEST

/* What is too long keeps its end, also where that is a single name with many numbers. */
START_TEST(long_patterns)
{
    char path[RULE_PATH] = "/", text[RULE_PATH];
    for (size_t cut = 0; cut < 8; cut++) {
        for (size_t i = 1; i < RULE_PATH - 1; i++)
            path[i] = i < cut ? 'x' : i % 2 ? '1' : 'n';
        memcpy(path + RULE_PATH - 6, ".data", 5);
        address_pattern(path, text, sizeof text);
        ck_assert_msg(rule_path_fits(text, path), "%s on %s", text, path);
        ck_assert_uint_gt(strlen(text), RULE_PATH - 10);
        path[RULE_PATH - 2] = 'z';
        ck_assert_msg(!rule_path_fits(text, path), "%s on %s", text, path);
    }
}
END_TEST

static struct share_call call(int number, uint64_t operation, const char *path)
{
    struct share_call ret = { .number = number, .operation = operation, .whose = RULE_OF_ACTOR };
    strcpy(ret.path, path);
    return ret;
}

START_TEST(ordinals)
{
    static const struct {
        int number;
        uint64_t operation;
        const char *path;
        uint64_t ordinal;
    } rows[] = {
        { 1, 0, "/scratch/a", 1 },   { 1, 0, "/scratch/a.1x", 1 }, { 1, 0, "/scratch/a.7", 2 },
        { 1, 0, "/scratch/a", 2 },   { 2, 0, "/scratch/a", 1 },    { 1, 1, "/scratch/a", 1 },
        { 1, 0, "/scratch/a.8", 3 }, { 1, 0, "/scratch/a.2x", 2 }, { 1, 0, "/scratch/a.9", 5 },
        { 1, 0, "", 8 },             { 1, 1, "/scratch/a.1", 1 },  { 1, 0, "", 9 },
    };
    enum { N = sizeof rows / sizeof *rows };
    struct share_call calls[N];
    for (unsigned i = 0; i < N; i++)
        calls[i] = call(rows[i].number, rows[i].operation, rows[i].path);
    uint64_t *got = address_ordinals(calls, N);
    for (unsigned i = 0; i < N; i++)
        ck_assert_msg(got[i] == rows[i].ordinal, "%u: %d", i, (int)got[i]);
    free(got);
}
END_TEST

/* A rename is counted by each of its paths, and two that differ in one are not the same. */
START_TEST(two_paths)
{
    static const struct {
        const char *path, *other;
        uint64_t ordinal;
    } rows[] = {
        { "/scratch/a", "/scratch/b", 1 }, { "/scratch/b", "/scratch/c", 2 },
        { "/scratch/c", "/scratch/b", 2 }, { "/scratch/b", "/scratch/c", 4 },
        { "/scratch/d", "/scratch/e", 1 }, { "/scratch/b", "/scratch/x", 5 },
    };
    enum { N = sizeof rows / sizeof *rows };
    struct share_call calls[N];
    for (unsigned i = 0; i < N; i++) {
        calls[i] = call(1, 0, rows[i].path);
        strcpy(calls[i].other, rows[i].other);
    }
    uint64_t *got = address_ordinals(calls, N);
    for (unsigned i = 0; i < N; i++)
        ck_assert_msg(got[i] == rows[i].ordinal, "%u: %d", i, (int)got[i]);
    free(got);
    ck_assert(address_same(&calls[1], &calls[3]));
    ck_assert(!address_same(&calls[1], &calls[5]));
}
END_TEST

Suite *address_suite(void)
{
    Suite *suite = suite_create("address");
    TCase *test = tcase_create("address");
    tcase_add_loop_test(test, pattern, 0, sizeof patterns / sizeof *patterns);
    tcase_add_test(test, long_patterns);
    tcase_add_test(test, ordinals);
    tcase_add_test(test, two_paths);
    suite_add_tcase(suite, test);
    return suite;
}
