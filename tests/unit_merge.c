/* SPDX-License-Identifier: MIT
 * unit_merge.c: what merge makes of the shares: the verdict of the fleet, sums of rows, curves, and
 * which names of directories it follows.
 */
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/format.h"
#include "merge/axis.h"
#include "merge/copy.h"
#include "merge/fleet.h"
#include "merge/rows.h"
#include "unit.h"

/* ---- the verdict -------------------------------------------------------------------------- */

/* A letter for each directory, one share after the other: p passed, f failed, e error, s skipped, i
 * interrupted, c cut off; '+' is one more directory of the same share, '-' a missing share. */
static const struct {
    const char *shares;
    bool found;
    enum record_verdict verdict;
    const char *reason;
} fleets[] = {
    { "ppp", false, RECORD_PASSED, "all 3 shards are there" },
    { "ppp", true, RECORD_FAILED, "all 3 shards are there" },
    { "pfp", true, RECORD_FAILED, "all 3" },
    { "pfp", false, RECORD_FAILED, "all 3" },
    { "p-p", false, RECORD_ERROR, "incomplete: of 3 shards, shard 2 is missing" },
    { "p-f", true, RECORD_ERROR, "shard 2 is missing" },
    { "--p", false, RECORD_ERROR, "shards 1, 2 are missing" },
    { "pcp", false, RECORD_ERROR, "shard 2 is cut off" },
    { "pip", false, RECORD_ERROR, "shard 2 is cut off" },
    { "pep", false, RECORD_ERROR, "shard 2 is without a verdict" },
    { "-ci", false, RECORD_ERROR, "shard 1 is missing; shards 2, 3 are cut off" },
    { "psp", false, RECORD_ERROR, "shard 2 is skipped" },
    { "sss", false, RECORD_SKIPPED, "all 3" },
    { "pc+pp", false, RECORD_PASSED, "all 3" },
    { "pp+cp", false, RECORD_PASSED, "all 3" },
    { "pe+pp", false, RECORD_PASSED, "all 3" },
    { "pe+cp", false, RECORD_ERROR, "shard 2 is without a verdict" },
    { "----------", false, RECORD_ERROR, "shards 1, 2, 3, 4, 5, 6, 7, 8 and 2 more are missing" },
};

static json_t *result_of(char letter)
{
    static const struct {
        char letter;
        const char *verdict;
    } verdicts[] = { { 'p', "passed" }, { 'f', "failed" }, { 'e', "error" }, { 's', "skipped" },
                     { 'i', "interrupted" }, { 'c', "passed" } };
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        if (verdicts[i].letter == letter)
            return json_pack("{s:s s:{s:s}}", "verdict", verdicts[i].verdict, "tested",
                             "identity", "0x1");
    return NULL;
}

START_TEST(judges)
{
    struct fleet fleet;
    char reason[512];
    uint32_t number = 0, count = 0;
    for (const char *c = fleets[_i].shares; *c; c++)
        count += *c != '+' && (c == fleets[_i].shares || c[-1] != '+');
    ck_assert_int_eq(fleet_init(&fleet, count), 0);
    for (const char *c = fleets[_i].shares; *c; c++) {
        number += *c != '+' && (c == fleets[_i].shares || c[-1] != '+');
        json_t *result = result_of(*c);
        if (result)
            fleet_note(&fleet, number, result, *c != 'c');
        json_decref(result);
    }
    ck_assert_int_eq(fleet_verdict(&fleet, fleets[_i].found, UINT64_MAX, reason, sizeof reason),
                     fleets[_i].verdict);
    ck_assert_msg(strstr(reason, fleets[_i].reason), "%s", reason);
    fleet_free(&fleet);
}
END_TEST

/* Shares that recorded another run, or that lack a part, do not make up the whole. */
START_TEST(must_be_one_whole)
{
    struct fleet fleet;
    char reason[512];
    json_t *one = json_pack("{s:s s:{s:i s:s} s:{s:s}}", "verdict", "passed", "shard", "whole", 9,
                            "identity", "0x1", "tested", "identity", "0x1");
    json_t *other = json_pack("{s:s s:{s:i s:s} s:{s:s}}", "verdict", "passed", "shard", "whole", 9,
                              "identity", "0x2", "tested", "identity", "0x1");
    ck_assert_int_eq(fleet_init(&fleet, 2), 0);
    fleet_note(&fleet, 1, one, true);
    fleet_note(&fleet, 2, one, true);
    fleet_note(&fleet, 3, one, true); /* there is no such share */
    ck_assert_int_eq(fleet_verdict(&fleet, false, 9, reason, sizeof reason), RECORD_PASSED);
    ck_assert_int_eq(fleet_verdict(&fleet, false, 8, reason, sizeof reason), RECORD_ERROR);
    ck_assert_ptr_nonnull(strstr(reason, "the shards have 8 of 9 parts"));
    fleet_note(&fleet, 2, other, true);
    ck_assert_int_eq(fleet_verdict(&fleet, false, 9, reason, sizeof reason), RECORD_ERROR);
    ck_assert_ptr_nonnull(strstr(reason, "shard 2 is of another whole"));
    fleet_free(&fleet);
    json_decref(one);
    json_decref(other);
}
END_TEST

/* What a share could not read, or does not tell, may be another than that of the others. */
START_TEST(must_tell_what_was_tested)
{
    static const struct {
        const char *tested, *reason; /* reason NULL: passes */
    } shares[] = {
        { "{\"identity\": \"0x1\", \"files\": [{\"file\": \"a\", \"hash\": \"0x2\"}]}", NULL },
        { "{\"identity\": \"0x1\", \"files\": [{\"file\": \"a\", \"hash\": null}]}",
          "shard 2 could not read 'a'" },
        { "{\"identity\": \"0x1\", \"files\": [7]}", "shard 2 could not read '?'" },
        { "{\"identity\": 7}", "shard 2 does not say what it tested" },
        { "[]", "shard 2 does not say what it tested" },
    };
    char reason[512];
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        struct fleet fleet;
        json_t *good = result_of('p'), *other = json_object();
        json_object_set_new(other, "verdict", json_string("passed"));
        json_object_set_new(other, "tested", json_loads(shares[i].tested, 0, NULL));
        ck_assert_int_eq(fleet_init(&fleet, 2), 0);
        fleet_note(&fleet, 1, good, true);
        fleet_note(&fleet, 2, other, true);
        ck_assert_int_eq(fleet_verdict(&fleet, false, UINT64_MAX, reason, sizeof reason),
                         shares[i].reason ? RECORD_ERROR : RECORD_PASSED);
        ck_assert_msg(!shares[i].reason || strstr(reason, shares[i].reason), "%s", reason);
        fleet_free(&fleet);
        json_decref(good);
        json_decref(other);
    }
}
END_TEST

/* ---- rows --------------------------------------------------------------------------------- */

START_TEST(adds_rows)
{
    struct rows rows = { .n = 0 };
    struct histogram both = { .bucket = { 0 } };
    for (int shard = 0; shard < 2; shard++) {
        struct histogram latency = { .bucket = { 0 } };
        for (uint64_t i = 0; i < 100; i++) {
            histogram_add(&latency, shard ? 1000000 + i : 1000 + i);
            histogram_add(&both, shard ? 1000000 + i : 1000 + i);
        }
        json_t *result = json_pack("{s:[{s:s s:i s:i s:b s:b s:o} {s:s s:i}]}", "actors",
                                   "name", "writer.0", "counted", 100, "restarts", 2, "saboteur",
                                   0, "retired", shard, "latency_ns", counters_latency(&latency),
                                   "name", shard ? "reader.1" : "reader.0", "counted", 5);
        ck_assert_int_eq(rows_add(&rows, ROWS_ACTORS, result), 0);
        json_decref(result);
    }
    json_t *list = rows_json(&rows, ROWS_ACTORS, 2), *row = json_array_get(list, 0);
    ck_assert_uint_eq(json_array_size(list), 3);
    ck_assert_uint_eq(member_get_count(row, "counted"), 200);
    ck_assert_uint_eq(member_get_count(row, "restarts"), 4);
    ck_assert(json_is_true(json_object_get(row, "retired")));
    ck_assert(json_is_false(json_object_get(row, "saboteur")));
    ck_assert_double_eq(member_get_real(row, "rate_per_s"), 100);
    json_t *latency = counters_latency(&both);
    ck_assert(json_equal(json_object_get(row, "latency_ns"), latency));
    json_decref(latency);
    json_decref(list);
    rows_free(&rows);
}
END_TEST

/* What a file may have in place of a histogram. */
START_TEST(reads_histograms_of_others)
{
    static const struct {
        const char *text;
        uint64_t total;
    } texts[] = { { "", 0 }, { "3:4 5:6", 10 }, { "3:4 5:", 4 }, { "3:4 x:6", 4 }, { "3:-4", 0 },
                  { "3", 0 }, { "99999:4", 0 }, { " 3:4", 0 },
                  { "3:18446744073709551615 3:7", UINT64_MAX } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct histogram sum = { .bucket = { 0 } };
        json_t *latency = json_pack("{s:s}", "buckets", texts[i].text);
        counters_add_latency(&sum, latency);
        ck_assert_msg(histogram_total(&sum) == texts[i].total, "'%s'", texts[i].text);
        json_decref(latency);
    }
}
END_TEST

/* ---- curves ------------------------------------------------------------------------------- */

static double total(const struct axis *axis, int which)
{
    double sum = 0;
    for (size_t i = 0; i < AXIS_SLOTS; i++)
        sum += axis->slots[i].sums[which];
    return sum;
}

START_TEST(keeps_curves_small)
{
    char path[] = "/tmp/stress-unit-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(path));
    int at = open(path, O_RDONLY | O_DIRECTORY);
    struct axis *axis = malloc(sizeof *axis);
    axis_init(axis);
    for (int shard = 0; shard < 3; shard++) {
        FILE *file = fdopen(openat(at, "events.jsonl", O_WRONLY | O_CREAT | O_TRUNC, 0600), "w");
        ck_assert_ptr_nonnull(file);
        for (int i = 1; i <= 5000; i++) /* 500 s, 50 s and 79000 s */
            fprintf(file, "{\"t\":%f,\"event\":\"sample\",\"counted\":%d,\"resets\":%d,\"p50\":%d,"
                    "\"p99\":%d,\"p999\":9}\n", i * (shard == 0 ? 0.1 : shard == 1 ? 0.01 : 15.8),
                    i * 10, i, 20, i);
        fprintf(file, "{\"t\":1,\"event\":\"sample\",\"counted\":99999999}\n{\"t\":"); /* cut off */
        fclose(file);
        axis_add(axis, at);
    }
    ck_assert_double_ge_tol(total(axis, 0), 150000, 1e-3);
    ck_assert_double_le_tol(total(axis, 0), 150000, 1e-3);
    ck_assert_double_le_tol(total(axis, 4), 15000, 1e-3);
    ck_assert_double_ge(axis->width_s * AXIS_SLOTS, 79000);
    ck_assert_double_lt(axis->width_s * AXIS_SLOTS, 2 * 79000);
    ck_assert_double_eq_tol(axis->slots[0].p50 / axis->slots[0].weight, 20, 1e-6);
    free(axis);
    ck_assert_int_eq(unlinkat(at, "events.jsonl", 0), 0);
    close(at);
    ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

/* ---- names -------------------------------------------------------------------------------- */

START_TEST(follows_names_of_findings_only)
{
    static const struct {
        const char *name;
        bool follows;
    } names[] = { { "findings/0001-crash-SIGSEGV-writer", true }, { "findings/10000-exit-1", true },
                  { "", false }, { "findings", false }, { "findings/", false },
                  { "findings/0001", false }, { "findings/../../etc", false },
                  { "findings/0001-x/../../..", false }, { "/findings/0001-x", false },
                  { "findings/0001-x/y", false }, { "findings/x-0001", false },
                  { "findings/0001-a b", false } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(copy_is_directory(names[i].name) == names[i].follows, "'%s'", names[i].name);
}
END_TEST

/* A value is left out if it is there already, not if it is a part of another one. */
START_TEST(values_of_a_limit)
{
    static const char *const measured[] = { "11 ms", "1 ms", "11 ms", "not shown: 1, and 2" };
    struct rows rows = { .list = NULL };
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        json_t *result = json_pack("{s:[{s:s, s:b, s:s}]}", "limits", "limit", "p99<1s", "kept", 1,
                                   "measured", measured[i]);
        ck_assert_int_eq(rows_add(&rows, ROWS_LIMITS, result), 0);
        json_decref(result);
    }
    json_t *list = rows_json(&rows, ROWS_LIMITS, 1);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "measured")),
                     "11 ms, 1 ms, not shown: 1, and 2");
    json_decref(list);
    rows_free(&rows);
}
END_TEST

Suite *merge_suite(void)
{
    Suite *suite = suite_create("merge");
    TCase *tc = tcase_create("merge");
    tcase_add_loop_test(tc, judges, 0, sizeof fleets / sizeof *fleets);
    tcase_add_test(tc, must_be_one_whole);
    tcase_add_test(tc, values_of_a_limit);
    tcase_add_test(tc, must_tell_what_was_tested);
    tcase_add_test(tc, adds_rows);
    tcase_add_test(tc, reads_histograms_of_others);
    tcase_add_test(tc, keeps_curves_small);
    tcase_add_test(tc, follows_names_of_findings_only);
    suite_add_tcase(suite, tc);
    return suite;
}
