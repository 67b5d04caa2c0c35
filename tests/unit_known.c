/* SPDX-License-Identifier: MIT
 * unit_known.c: files of known findings: good ones are read, bad ones are refused with the line;
 * and nothing but the bucket itself is known.
 */
#include "record/known.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record_fixture.h"
#include "unit.h"

static char path[64];
static struct known known;
static struct error error;

static int parse(const char *text, size_t size)
{
    snprintf(path, sizeof path, "/tmp/stress-unit-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    ck_assert_int_eq(close(fd), 0);
    error = (struct error){ 0 };
    int result = known_read(path, &known, &error);
    ck_assert_int_eq(unlink(path), 0);
    return result;
}

#define GOOD "bucket: a\nsince: 2026-11-27\nreason: why\n"

static const struct {
    const char *text, *message;
    unsigned line;
} bad[] = {
    { "bucket\n", "neither KEY: VALUE nor a comment: 'bucket'", 1 },
    { "bucket:\n", "no value for this key: 'bucket'", 1 },
    { "since: 2026-11-27\n", "this comes before the first bucket:: 'since'", 1 },
    { GOOD "until: x\n", "unknown key: allowed are bucket, since, reason: 'until'", 4 },
    { GOOD GOOD, "this bucket is given twice: 'a'", 4 },
    { GOOD "reason: again\n", "this key is given twice: 'reason'", 4 },
    { "bucket: a\nreason: x\nbucket: b\n", "the bucket before needs both since: and reason:", 3 },
    { "bucket: a\nsince: 2026-11-27\n", "the last bucket needs both since: and reason:", 2 },
    { "bucket: a\nsince: 2026-11-31\n", "not a date: give YYYY-MM-DD: '2026-11-31'", 2 },
    { "bucket: a\nsince: 27.11.2026\n", "not a date", 2 },
    { "bucket: a\nsince: 2026-11-27 x\n", "not a date", 2 },
    { "bucket: a\\q\n", "bad escape: give \\\\, \\n or \\xHH", 1 },
    { "bucket: a\\x1\n", "bad escape", 1 },
};

START_TEST(refuses)
{
    char where[96];
    ck_assert_int_eq(parse(bad[_i].text, strlen(bad[_i].text)), -1);
    snprintf(where, sizeof where, "%s:%u: %s", path, bad[_i].line, bad[_i].message);
    ck_assert_msg(strncmp(error.text, where, strlen(where)) == 0, "%s", error.text);
    ck_assert_uint_eq(known.n, 0);
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    ck_assert_int_eq(parse("bucket: a\0b\n", 12), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "it has bytes that are 0"));
    ck_assert_int_eq(known_read("/", &known, &error), -1);
    ck_assert_str_eq(error.text, "cannot read /: Invalid argument");
    ck_assert_int_eq(known_read("/no/such", &known, &error), -1);
}
END_TEST

START_TEST(reads)
{
    static const char text[] = "# known\n\n  bucket: crash w @f g  \n"
                               "reason: of #12: x\nsince: 2024-02-29\nbucket: a\\\\b\\x20\n"
                               "since:2026-01-01\nreason: y";
    ck_assert_msg(parse(text, strlen(text)) == 0, "%s", error.text);
    ck_assert_uint_eq(known.n, 2);
    const struct known_entry *entry = known_find(&known, "crash w @f g");
    ck_assert_ptr_nonnull(entry);
    ck_assert_str_eq(entry->reason, "of #12: x");
    ck_assert_str_eq(entry->since, "2024-02-29");
    ck_assert_ptr_nonnull(known_find(&known, "a\\b "));
    ck_assert_ptr_null(known_find(&known, "crash w @f g h"));
    ck_assert_ptr_null(known_find(&known, "crash w @f"));
    known_free(&known);
    ck_assert_int_eq(parse("", 0), 0);
    ck_assert_uint_eq(known.n, 0);
}
END_TEST

/* ---- findings ---------------------------------------------------------------------------- */

static struct record record;

static void know(const char *bucket)
{
    char text[512];
    snprintf(text, sizeof text, "bucket: %s\nsince: 2026-11-27\nreason: why\n", bucket);
    ck_assert_msg(parse(text, strlen(text)) == 0, "%s", error.text);
    record.known = known;
}

static struct record_finding *add(enum wire_finding_kind kind, const char *title,
                                  const char *frames)
{
    struct wire_finding finding = fixture_finding(kind, title);
    bool is_new;
    return record_add_stack(&record, &finding, title, frames, &is_new);
}

/* A title that begins alike, another kind and another type are other findings. */
START_TEST(only_the_bucket_itself)
{
    fixture_record(&record, 2);
    fixture_finish(&record);
    know("failure writer lost row #");
    ck_assert_ptr_nonnull(record_known(&record, add(FINDING_FAILURE, "lost row 1", "")));
    ck_assert_ptr_nonnull(record_known(&record, add(FINDING_FAILURE, "lost row 22", "")));
    ck_assert_uint_eq(record.n_findings, 1);
    ck_assert_int_eq(record_verdict(&record), RECORD_PASSED);
    ck_assert_ptr_null(record_known(&record, add(FINDING_FAILURE, "lost row 1 and 2", "")));
    ck_assert_ptr_null(record_known(&record, add(FINDING_INVARIANT, "lost row 1", "")));
    ck_assert_uint_eq(record_unknown(&record), 2);
    ck_assert_int_eq(record_verdict(&record), RECORD_FAILED);
    record_free(&record);
}
END_TEST

/* A crash whose stack was not read may be another one than the known one that it looks like. */
START_TEST(not_what_only_looks_alike)
{
    for (int late = 0; late < 2; late++) {
        fixture_record(&record, 2);
        fixture_finish(&record);
        know("crash writer @put main");
        struct record_finding *finding = add(FINDING_CRASH, "put: SIGSEGV", late ? "" : "put main");
        ck_assert(late || record_known(&record, finding));
        ck_assert_int_eq(record_verdict(&record), late ? RECORD_FAILED : RECORD_PASSED);
        ck_assert_ptr_eq(add(FINDING_CRASH, "put: SIGSEGV", late ? "put main" : ""), finding);
        ck_assert_str_eq(finding->key, "crash writer @put main");
        ck_assert_uint_eq(finding->presumed, 1);
        ck_assert_ptr_null(record_known(&record, finding));
        ck_assert_int_eq(record_verdict(&record), RECORD_FAILED);
        record_free(&record);
    }
}
END_TEST

/* The one that stands for all further ones is never known. */
START_TEST(not_what_is_many)
{
    char title[32];
    fixture_record(&record, 2);
    know("failure writer (more)");
    for (unsigned i = 0; i <= RECORD_FINDINGS; i++) {
        snprintf(title, sizeof title, "%c%c%c", 'a' + (char)(i % 26), 'a' + (char)(i / 26 % 26),
                 'a' + (char)(i / 676));
        add(FINDING_FAILURE, title, "");
    }
    const struct record_finding *last = &record.findings[record.n_findings - 1];
    ck_assert_str_eq(last->key, "failure writer (more)");
    ck_assert_ptr_null(record_known(&record, last));
    record_free(&record);
}
END_TEST

/* An actor that completed nothing, because of what is known, was not tested. */
START_TEST(does_not_explain_an_actor_that_starved)
{
    for (unsigned is_known = 0; is_known < 2; is_known++) {
        fixture_record(&record, 2);
        fixture_finish(&record);
        if (is_known)
            know("failure writer lost row #");
        for (uint32_t i = 0; i < 2; i++) {
            control_ledger(&record.control, i)->starts = 10;
            control_ledger(&record.control, i)->counted = i;
            control_ledger(&record.control, i)->failed = 10;
        }
        add(FINDING_FAILURE, "lost row 1", "");
        record.findings[0].first.actor = 0;
        ck_assert_uint_eq(record_add_starved(&record), is_known);
        ck_assert_int_eq(record_verdict(&record), RECORD_FAILED);
        record_free(&record);
    }
}
END_TEST

/* ---- limits ------------------------------------------------------------------------------ */

static const struct {
    const char *text;
    unsigned operations;   /* of 1 ms each, within `seconds` */
    double seconds;
    const char *title;     /* NULL: it is kept */
} limits[] = {
    { "p99<5ms", 1000, 10, NULL },
    { "p99<900us", 1000, 10, "p99<900us: 1.02 ms" },
    { "p99<5ms", 999, 10, "p99<5ms: not shown: 999 operations, and 1000 are needed" },
    { "p50<5ms", 20, 10, NULL },
    { "p50<5ms", 19, 10, "p50<5ms: not shown: 19 operations, and 20 are needed" },
    { "p99.9<5ms", 9999, 10, "p99.9<5ms: not shown: 9999 operations, and 10000 are needed" },
    { "max<5ms", 1, 10, NULL },
    { "max<5ms", 0, 10, "max<5ms: not shown: 0 operations, and 1 are needed" },
    { "rate>99", 1000, 10, NULL },
    { "rate>101", 1000, 10, "rate>101: 100.0 a second" },
    { "rate<99", 1000, 10, "rate<99: 100.0 a second" },
    { "rate>99", 1000, 0.5, "rate>99: not shown: the run took 500 ms, and 1 s is needed" },
    { "counted>999", 1000, 10, NULL },
    { "counted>1000", 1000, 10, "counted>1000: 1000" },
    { "resets<4", 1, 10, NULL },
    { "resets<3", 1, 10, "resets<3: 3" },
};

START_TEST(limits_of_a_run)
{
    struct options options = { .required.n = 1 };
    ck_assert(require_parse(limits[_i].text, &options.required.list[0]));
    fixture_record(&record, 1);
    fixture_finish(&record);
    record.options = &options;
    record.resets = 3;
    record.ended_ns = record.started_ns + (uint64_t)(limits[_i].seconds * (double)CLOCK_SECOND);
    struct layout_ledger *ledger = control_ledger(&record.control, 0);
    memset(&ledger->latency, 0, sizeof ledger->latency);
    ledger->counted = limits[_i].operations;
    for (unsigned i = 0; i < limits[_i].operations; i++)
        histogram_add(&ledger->latency, CLOCK_MILLISECOND);
    ck_assert_uint_eq(limits_add(&record), limits[_i].title != NULL);
    ck_assert_int_eq(record_verdict(&record), limits[_i].title ? RECORD_FAILED : RECORD_PASSED);
    if (limits[_i].title) {
        ck_assert_str_eq(record.findings[0].first.title, limits[_i].title);
        ck_assert_str_eq(record.findings[0].key + strlen("limit  @"), limits[_i].text);
    }
    record_free(&record);
}
END_TEST

/* Of a run that did not come to its end nothing is said. */
START_TEST(limits_of_no_run)
{
    struct options options = { .required.n = 1 };
    ck_assert(require_parse("max<1ns", &options.required.list[0]));
    fixture_record(&record, 1);
    fixture_finish(&record);
    record.options = &options;
    record.signal = 2;
    record.end = WIRE_END_STOPPED;
    ck_assert_uint_eq(limits_add(&record), 0);
    record.signal = 0;
    record.end = WIRE_END_TARGET;
    ck_assert_uint_eq(limits_add(&record), 1);
    record_free(&record);
}
END_TEST

Suite *known_suite(void)
{
    Suite *suite = suite_create("known");
    TCase *test = tcase_create("known");
    tcase_add_loop_test(test, refuses, 0, sizeof bad / sizeof *bad);
    tcase_add_test(test, refuses_what_is_no_file);
    tcase_add_test(test, reads);
    tcase_add_test(test, only_the_bucket_itself);
    tcase_add_test(test, not_what_only_looks_alike);
    tcase_add_test(test, not_what_is_many);
    tcase_add_test(test, does_not_explain_an_actor_that_starved);
    tcase_add_loop_test(test, limits_of_a_run, 0, sizeof limits / sizeof *limits);
    tcase_add_test(test, limits_of_no_run);
    suite_add_tcase(suite, test);
    return suite;
}
