/* SPDX-License-Identifier: MIT
 * unit_shard.c: which share a process has, from --shard and from the variables of engines; what
 * belongs to it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "unit.h"

static const char *const variables[] = {
    "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
    "SLURM_ARRAY_TASK_STEP", "JOB_COMPLETION_INDEX", "CI_NODE_INDEX", "CI_NODE_TOTAL",
    "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", "TEST_SHARD_INDEX",
    "TEST_TOTAL_SHARDS", "TEST_SHARD_STATUS_FILE"
};

/* Sets the variables of "NAME=VALUE NAME=VALUE", and no other. */
static void set_environment(const char *text)
{
    char copy[256], *rest;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    strcpy(copy, text);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value = '\0';
        ck_assert_int_eq(setenv(word, value + 1, 1), 0);
    }
}

static const struct {
    const char *text;
    uint32_t number, count; /* count 0: it is refused */
} words[] = {
    { "1/1", 1, 1 }, { "3/8", 3, 8 }, { "8/8", 8, 8 }, { "auto/8", 0, 8 }, { "0x2/3", 2, 3 },
    { "0/8", 0, 0 }, { "9/8", 0, 0 }, { "1/0", 0, 0 }, { "auto/0", 0, 0 }, { "/8", 0, 0 },
    { "1/", 0, 0 }, { "1", 0, 0 }, { "", 0, 0 }, { "-1/8", 0, 0 }, { "1/8/2", 0, 0 },
    { "1 /8", 0, 0 }, { "Auto/8", 0, 0 }, { "1/1000001", 0, 0 }, { "1/18446744073709551616", 0, 0 },
    { "1111111111111111111111111111111111111111/2", 0, 0 },
};

START_TEST(parses)
{
    struct options_shard shard = { .count = 77 };
    ck_assert_msg(shard_parse(words[_i].text, &shard) == (words[_i].count > 0), "'%s'",
                  words[_i].text);
    ck_assert_uint_eq(shard.number, words[_i].count > 0 ? words[_i].number : 0);
    ck_assert_uint_eq(shard.count, words[_i].count > 0 ? words[_i].count : 77);
}
END_TEST

#define SLURM "SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=10"

static const struct {
    const char *environment, *option; /* option NULL: none */
    uint32_t number, count;           /* number 0: the whole, or refused if there are words */
    const char *said;                 /* the engine's variable, or words of the error; NULL: none */
} settled[] = {
    { "", NULL, 0, 0, NULL },
    { SLURM, NULL, 3, 4, "SLURM_ARRAY_TASK_ID" },
    { SLURM " SLURM_ARRAY_TASK_STEP=2", NULL, 2, 4, "SLURM_ARRAY_TASK_ID" },
    { SLURM " SLURM_ARRAY_TASK_STEP=3", NULL, 0, 0, "=12 is not one of 4 from 10 on" },
    { "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1", NULL, 0, 0,
      "SLURM_ARRAY_TASK_ID=7 is not one of 3 from 1 on: give --shard=I/N" },
    { "SLURM_ARRAY_TASK_ID=x SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1", NULL, 0, 0,
      "SLURM_ARRAY_TASK_ID=x is not a number: give --shard=I/N" },
    { "SLURM_ARRAY_TASK_ID=5", NULL, 0, 0, NULL }, /* it has no N */
    { SLURM " SLURM_ARRAY_TASK_STEP=", NULL, 3, 4, "SLURM_ARRAY_TASK_ID" }, /* empty is unset */
    { "CI_NODE_INDEX= CI_NODE_TOTAL=3", NULL, 0, 0, NULL },
    { "CI_NODE_INDEX=2 CI_NODE_TOTAL=", NULL, 0, 0, NULL },
    { SLURM, "auto/4", 3, 4, "SLURM_ARRAY_TASK_ID" },
    { SLURM, "auto/8", 0, 0, "--shard=auto/8, but SLURM_ARRAY_TASK_COUNT=4: give --shard=I/8" },
    { SLURM, "2/9", 2, 9, NULL },
    { SLURM, "1/1", 1, 1, NULL },
    { "JOB_COMPLETION_INDEX=0", "auto/8", 1, 8, "JOB_COMPLETION_INDEX" },
    { "JOB_COMPLETION_INDEX=7", "auto/8", 8, 8, "JOB_COMPLETION_INDEX" },
    { "JOB_COMPLETION_INDEX=8", "auto/8", 0, 0, "JOB_COMPLETION_INDEX=8 is not one of 8 from 0" },
    { "JOB_COMPLETION_INDEX=7", NULL, 0, 0, NULL },
    { "CI_NODE_INDEX=1 CI_NODE_TOTAL=3", NULL, 1, 3, "CI_NODE_INDEX" },
    { "CI_NODE_INDEX=3 CI_NODE_TOTAL=3", NULL, 3, 3, "CI_NODE_INDEX" },
    { "CI_NODE_INDEX=0 CI_NODE_TOTAL=3", NULL, 0, 0, "CI_NODE_INDEX=0 is not one of 3 from 1 on" },
    { "CI_NODE_TOTAL=1", NULL, 0, 0, NULL }, /* GitLab, without `parallel` */
    { "BUILDKITE_PARALLEL_JOB=0 BUILDKITE_PARALLEL_JOB_COUNT=5", NULL, 1, 5,
      "BUILDKITE_PARALLEL_JOB" },
    { "TEST_SHARD_INDEX=4 TEST_TOTAL_SHARDS=5", NULL, 5, 5, "TEST_SHARD_INDEX" },
    { "TEST_SHARD_INDEX=0 TEST_TOTAL_SHARDS=1000001", NULL, 0, 0, "is not one of 1000001" },
    { "", "auto/8", 0, 0, "--shard=auto/8: no engine has said which one this is" },
};

START_TEST(settles)
{
    struct options options = { .command = OPTIONS_RUN, .seed = { true, 5 } };
    struct error error = { .text = "" };
    if (settled[_i].option)
        ck_assert(shard_parse(settled[_i].option, &options.shard));
    set_environment(settled[_i].environment);
    bool refused = settled[_i].number == 0 && settled[_i].said;
    ck_assert_int_eq(shard_settle(&options, &error), refused ? -1 : 0);
    set_environment("");
    if (refused) {
        ck_assert_msg(strstr(error.text, settled[_i].said), "%s", error.text);
        return;
    }
    ck_assert_uint_eq(options.shard.number, settled[_i].number);
    ck_assert_uint_eq(options.shard.count, settled[_i].count);
    ck_assert_pstr_eq(options.shard.engine, settled[_i].said);
    bool is_share = settled[_i].count > 1;
    ck_assert_uint_eq(options.seed.value, is_share ? shard_seed(5, settled[_i].number) : 5);
    ck_assert(options.shard.fleet.given == is_share);
}
END_TEST

/* The engine's variables are not asked where there are no shares. */
START_TEST(others_are_whole)
{
    static const enum options_command commands[] = { OPTIONS_LIST, OPTIONS_REPLAY, OPTIONS_SHRINK,
                                                     OPTIONS_REPORT, OPTIONS_MERGE };
    set_environment(SLURM);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct options options = { .command = commands[i] };
        ck_assert_int_eq(shard_settle(&options, NULL), 0);
        ck_assert(!shard_is(&options.shard));
    }
    set_environment("");
}
END_TEST

START_TEST(crash_needs_a_seed)
{
    struct options options = { .command = OPTIONS_CRASH, .shard = { .number = 2, .count = 3 } };
    struct error error;
    ck_assert_int_eq(shard_settle(&options, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "a shard of crash needs --seed"));
    struct options asked = { .command = OPTIONS_CRASH };
    set_environment("CI_NODE_INDEX=2 CI_NODE_TOTAL=3");
    ck_assert_int_eq(shard_settle(&asked, &error), -1);
    set_environment("");
    ck_assert_ptr_nonnull(strstr(error.text, "of crash, from CI_NODE_INDEX, needs --seed"));
    options.seed = (struct options_number){ true, 9 };
    ck_assert_int_eq(shard_settle(&options, &error), 0);
    ck_assert_uint_eq(options.seed.value, 9); /* the same for all */
}
END_TEST

START_TEST(touches_the_status_file)
{
    char path[] = "/tmp/stress-unit-XXXXXX", text[128];
    struct options options = { .command = OPTIONS_SUITE };
    struct error error;
    ck_assert_ptr_nonnull(mkdtemp(path));
    snprintf(text, sizeof text,
             "TEST_SHARD_INDEX=0 TEST_TOTAL_SHARDS=2 TEST_SHARD_STATUS_FILE=%s/x", path);
    set_environment(text);
    ck_assert_int_eq(shard_settle(&options, &error), 0);
    snprintf(text, sizeof text, "%s/x", path);
    ck_assert_int_eq(unlink(text), 0);
    ck_assert_int_eq(rmdir(path), 0);
    options = (struct options){ .command = OPTIONS_SUITE };
    ck_assert_int_eq(shard_settle(&options, &error), -1); /* its directory is gone */
    ck_assert_ptr_nonnull(strstr(error.text, "cannot make TEST_SHARD_STATUS_FILE="));
    set_environment("");
}
END_TEST

/* Each address belongs to exactly one share, and each share has about as many. */
START_TEST(shares_are_the_whole)
{
    enum { SHARES = 7, ADDRESSES = 7000 };
    unsigned of[SHARES + 1] = { 0 };
    char address[32];
    for (int i = 0; i < ADDRESSES; i++) {
        unsigned owners = 0;
        snprintf(address, sizeof address, "writer.%d put", i);
        for (uint32_t n = 1; n <= SHARES; n++) {
            const struct options_shard shard = { .number = n, .count = SHARES };
            owners += shard_has(&shard, address);
            of[n] += shard_has(&shard, address);
        }
        ck_assert_uint_eq(owners, 1);
    }
    for (uint32_t n = 1; n <= SHARES; n++)
        ck_assert_msg(of[n] > 800 && of[n] < 1200, "share %u has %u", n, of[n]);
}
END_TEST

/* Machines with other builds of the program must agree, so these never change. */
START_TEST(is_stable)
{
    static const char *const addresses[] = { "a", "b", "writer.0 put 3", "sqlite-without-journal" };
    static const uint32_t of[] = { 8, 8, 1, 7 };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        for (uint32_t n = 1; n <= 8; n++)
            ck_assert_int_eq(shard_has(&(struct options_shard){ .number = n, .count = 8 },
                                       addresses[i]), n == of[i]);
    ck_assert_uint_eq(shard_seed(7, 1), UINT64_C(0x6268de564d05820b));
    ck_assert_uint_ne(shard_seed(7, 1), shard_seed(7, 2));
}
END_TEST

START_TEST(says_which)
{
    char text[64];
    const struct options_shard whole = { .number = 1, .count = 1 };
    const struct options_shard third = { .number = 3, .count = 8, .engine = "CI_NODE_INDEX" };
    ck_assert_str_eq(shard_text(&whole, true, text, sizeof text), "");
    ck_assert_str_eq(shard_text(&third, false, text, sizeof text), "shard 3 of 8");
    ck_assert_str_eq(shard_text(&third, true, text, sizeof text),
                     "shard 3 of 8, from CI_NODE_INDEX");
}
END_TEST

Suite *shard_suite(void)
{
    Suite *suite = suite_create("shard");
    TCase *tc = tcase_create("shard");
    tcase_add_loop_test(tc, parses, 0, sizeof words / sizeof *words);
    tcase_add_loop_test(tc, settles, 0, sizeof settled / sizeof *settled);
    tcase_add_test(tc, others_are_whole);
    tcase_add_test(tc, crash_needs_a_seed);
    tcase_add_test(tc, touches_the_status_file);
    tcase_add_test(tc, shares_are_the_whole);
    tcase_add_test(tc, is_stable);
    tcase_add_test(tc, says_which);
    suite_add_tcase(suite, tc);
    return suite;
}
