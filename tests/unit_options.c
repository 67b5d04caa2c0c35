/* SPDX-License-Identifier: MIT
 * unit_options.c: the command line: what is accepted, and the one line about what is refused.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "doubt/doubt.h"
#include "unit.h"

enum { WORDS = 32 };

struct line {
    char text[512];
    int argc;
    char *argv[WORDS + 1];
};

/* Splits a line at spaces. "''" is an empty word. */
static int parse(struct line *line, const char *text, struct options *options, struct error *error)
{
    static char program[] = "stress-supervisor", empty[] = "";
    char *rest;
    ck_assert_uint_lt(strlen(text), sizeof line->text);
    strcpy(line->text, text);
    line->argc = 0;
    line->argv[line->argc++] = program;
    for (char *word = strtok_r(line->text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        ck_assert_int_lt(line->argc, WORDS);
        line->argv[line->argc++] = strcmp(word, "''") == 0 ? empty : word;
    }
    line->argv[line->argc] = NULL;
    return options_parse(line->argc, line->argv, options, error);
}

static const struct {
    const char *line, *words;
} refused[] = {
    { "", "no workload given" },
    { "run", "no workload given" },
    { "list", "no workload given" },
    { "vm", "no command given" },
    { "vm --memory=x run ./w", "--memory=x: not a size: give a number of bytes with K, M, G or T" },
    { "vm --memory=1M run ./w", "--memory=1M: too small: give 128M or more" },
    { "vm --disk=1K run ./w", "--disk=1K: too small: give 1M or more" },
    { "vm --disk=99999999T run ./w", "--disk=99999999T: " },
    { "vm --severity=grave run ./w", "--severity=grave: " },
    { "vm --disk=M run ./w", "--disk=M: not a size" },
    { "vm --power-cut=10ms run ./w", "--power-cut=10ms: too short" },
    { "vm --with= run ./w", "--with=: empty" },
    { "vm --cpus=0 run ./w", "--cpus=0: out of range" },
    { "vm -n 5 run ./w", "option '--operations' does not go with 'vm'" },
    { "run --disk=1G ./w", "option '--disk' does not go with 'run'" },
    { "report", "no run directory given" },
    { "''", "the name of the workload is empty" },
    { "--operations=-5 ./w",
      "--operations=-5: not a number: give a whole number, 0 or more" },
    { "-n -5 ./w", "--operations=-5: not a number: give a whole number, 0 or more" },
    { "-n 1e3 ./w", "--operations=1e3: not a number" },
    { "-n '' ./w", "--operations=: not a number" },
    { "-n 99999999999999999999 ./w", "--operations=99999999999999999999: not a number" },
    { "-n 18446744073709551615 ./w", "--operations=18446744073709551615: out of range" },
    { "-t 5 ./w", "--time-limit=5: not a duration: give a time with its unit" },
    { "-t -5s ./w", "--time-limit=-5s: not a duration" },
    { "-t 1s1h ./w", "--time-limit=1s1h: not a duration" },
    { "-t 400000d ./w", "--time-limit=400000d: " },
    { "-t 40000d ./w", "--time-limit=40000d: too long: give 36500d at most" },
    { "--op-timeout=0 ./w", "--op-timeout=0: too short: give a time above 0" },
    { "--reset-timeout=x ./w", "--reset-timeout=x: not a duration" },
    { "-s 0x ./w", "--seed=0x: not a number: give a whole number below 2^64" },
    { "-s -1 ./w", "--seed=-1: not a number" },
    { "-s 0x10000000000000000 ./w", "--seed=0x10000000000000000: not a number" },
    { "-j 0 ./w", "--actors=0: out of range: give a whole number, 1 to 4096" },
    { "-j 4097 ./w", "--actors=4097: out of range" },
    { "-j writer=4097 ./w", "--actors=writer=4097: not numbers of actors: give N, or TYPE=N" },
    { "-j writer= ./w", "--actors=writer=: not numbers of actors" },
    { "-j wri/ter=1 ./w", "--actors=wri/ter=1: not numbers of actors" },
    { "-j writer=1,,reader=2 ./w", "--actors=writer=1,,reader=2: not numbers" },
    { "-j 0,writer=2 ./w", "--actors=0,writer=2: not numbers" },
    { "--max-findings=many ./w", "--max-findings=many: not a number" },
    { "--sandbox=tight ./w", "--sandbox=tight: unknown: give guard, strict or none" },
    { "--output= ./w", "--output=: empty: give DIR" },
    { "list --format=xml ./w", "--format=xml: unknown: give text, json, junit, tap or html" },
    { "--foo ./w", "unknown option '--foo': see 'stress-supervisor --help'" },
    { "--foo=bar ./w", "unknown option '--foo'" },
    { "./w -x", "unknown option '-x': put -- before the workload's own options" },
    { "crash ./w --foo=1", "unknown option '--foo': put -- before the workload's own options" },
    { "report ./d -x", "unknown option '-x': see 'stress-supervisor --help'" },
    { "-qx ./w", "unknown option '-x': see" },
    { "./w -n f",
      "--operations=f: not a number: give a whole number, 0 or more (or put -- before" },
    { "./w --all", "option '--all' does not go with 'run': put -- before the workload's own" },
    { "--all ./w", "option '--all' does not go with 'run': see" },
    { "./w --in-scratch=1", "option '--in-scratch' takes no value (or put -- before" },
    { "--inject=read:boom ./w", "unknown action 'boom'" },
    { "--schedule=odd ./w", "free or serial" },
    { "--require=p99 ./w", "--require=p99: not a limit: give METRIC<VALUE, or > for a rate or a" },
    { "--require=p99<5 ./w", "--require=p99<5: not a limit" },
    { "--require=p99>5ms ./w", "--require=p99>5ms: not a limit" },
    { "--require=rate<5ms ./w", "--require=rate<5ms: not a limit" },
    { "--require=p<5ms ./w", "the metrics are p50, p90, p99, p99.9, max, rate, counted" },
    { "--require=<5ms ./w", "not a limit" },
    { "--require=resets<-1 ./w", "not a limit" },
    { "list --known=f ./w", "option '--known' does not go with 'list'" },
    { "--in-scratch=1 ./w", "option '--in-scratch' takes no value" },
    { "./w --operations", "option '--operations' needs a value" },
    { "./w -n", "option '-n' needs a value" },
    { "./w a", "unexpected argument 'a': put -- before the workload's own arguments" },
    { "report ./d e", "unexpected argument 'e'" },
    { "report ./d -- e", "unexpected argument 'e'" },
    { "list --format=tap ./w", "--format=tap does not go with 'list'" },
    { "suite --format=json ./f", "--format=json does not go with 'suite'" },
    { "list --format=html ./w", "--format=html does not go with 'list'" },
    { "suite", "no suite file given" },
    { "suite ''", "the name of the suite file is empty" },
    { "suite -s 1 ./f", "option '--seed' does not go with 'suite'" },
    { "suite -j 0 ./f", "--jobs=0: out of range: give a whole number, 1 to 256" },
    { "--format=json ./w", "option '--format' does not go with 'run'" },
    { "list -n 5 ./w", "option '--operations' does not go with 'list'" },
    { "-s 1 report ./d", "option '--seed' does not go with 'report'" },
    { "--foo\x1b[31m ./w", "unknown option '--foo?[31m'" },
};

START_TEST(refuses)
{
    struct line line;
    struct options options;
    struct error error = { .text = "" };
    ck_assert_int_eq(parse(&line, refused[_i].line, &options, &error), -1);
    ck_assert_msg(strstr(error.text, refused[_i].words), "'%s': %s", refused[_i].line, error.text);
    ck_assert_ptr_null(strchr(error.text, '\n'));
    ck_assert_str_ne(error.text, "");
}
END_TEST

START_TEST(defaults)
{
    struct line line;
    struct options options;
    struct error error;
    ck_assert_int_eq(parse(&line, "./w", &options, &error), 0);
    ck_assert_int_eq(options.command, OPTIONS_RUN);
    ck_assert_str_eq(options.subject, "./w");
    ck_assert_int_eq(options.argc, 0);
    ck_assert(!options.operations.given && !options.time_limit.given && !options.seed.given);
    ck_assert(options.actors.only == 0 && options.actors.n == 0);
    ck_assert(!options.max_findings.given && !options.in_scratch);
    ck_assert_uint_eq(options.op_timeout_ns, 60 * CLOCK_SECOND);
    ck_assert_uint_eq(options.reset_timeout_ns, 30 * CLOCK_SECOND);
    ck_assert_int_eq(options.sandbox, WIRE_SANDBOX_GUARD);
    ck_assert_int_eq(options.verbosity, 0);
    ck_assert_ptr_null(options.output);
    ck_assert_ptr_null(options.setup);
}
END_TEST

START_TEST(accepted_doubts)
{
    struct line line;
    struct options options;
    struct error error = { .text = "" };
    ck_assert_int_eq(parse(&line, "crash ./w", &options, &error), 0);
    ck_assert_uint_eq(options.accepted, 0);
    ck_assert_msg(parse(&line, "crash --accept=untried --accept let-through ./w", &options,
                        &error) == 0, "%s", error.text);
    ck_assert_uint_eq(options.accepted, 1u << DOUBT_UNTRIED | 1u << DOUBT_LET_THROUGH);
    ck_assert_int_eq(parse(&line, "suite --accept=clock ./s", &options, &error), 0);
    ck_assert_uint_eq(options.accepted, 1u << DOUBT_CLOCK);
    ck_assert_int_eq(parse(&line, "run --accept=clock ./w", &options, &error), -1);
    ck_assert_int_eq(parse(&line, "crash --accept=everything ./w", &options, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "let-through, unread-path"));
    ck_assert_ptr_nonnull(strstr(error.text, "clock"));
}
END_TEST

START_TEST(every_option)
{
    struct line line;
    struct options options;
    struct error error = { .text = "" };
    ck_assert_msg(parse(&line, "run -n 7 -t 1h30m -s 0xff -j8 --op-timeout 2s --reset-timeout=3s "
                        "--max-findings=4 --setup=a --reset=b --check=c --teardown=d --in-scratch "
                        "--sandbox=strict -o out -v ./w -- -n x --", &options, &error) == 0,
                  "%s", error.text);
    ck_assert_uint_eq(options.operations.value, 7);
    ck_assert_uint_eq(options.time_limit.value, 5400 * CLOCK_SECOND);
    ck_assert_uint_eq(options.seed.value, 255);
    ck_assert_uint_eq(options.actors.only, 8);
    ck_assert(options.operations.given && options.time_limit.given && options.seed.given);
    ck_assert(options.max_findings.given && options.in_scratch);
    ck_assert_uint_eq(options.op_timeout_ns, 2 * CLOCK_SECOND);
    ck_assert_uint_eq(options.reset_timeout_ns, 3 * CLOCK_SECOND);
    ck_assert_uint_eq(options.max_findings.value, 4);
    ck_assert_str_eq(options.setup, "a");
    ck_assert_str_eq(options.reset, "b");
    ck_assert_str_eq(options.check, "c");
    ck_assert_str_eq(options.teardown, "d");
    ck_assert_int_eq(options.sandbox, WIRE_SANDBOX_STRICT);
    ck_assert_str_eq(options.output, "out");
    ck_assert_int_eq(options.verbosity, 1);
    ck_assert_int_eq(options.argc, 3);
    ck_assert_str_eq(options.argv[0], "-n");
    ck_assert_str_eq(options.argv[2], "--");
}
END_TEST

/* The last number of a type counts, and all of them come back in the line that repeats the run. */
START_TEST(numbers_of_actors)
{
    struct line line;
    struct options options;
    struct error error = { .text = "" };
    ck_assert_msg(parse(&line, "-j 3 --actors=writer=8,killer=0 -j reader=2,writer=4 ./w", &options,
                        &error) == 0, "%s", error.text);
    ck_assert_uint_eq(options.actors.only, 3);
    ck_assert_uint_eq(options.actors.n, 3);
    ck_assert_uint_eq(*definition_count_of(&options.actors, "writer"), 4);
    ck_assert_uint_eq(*definition_count_of(&options.actors, "killer"), 0);
    ck_assert_uint_eq(*definition_count_of(&options.actors, "reader"), 2);
    ck_assert_ptr_null(definition_count_of(&options.actors, "write"));
    char *again = options_command_line(&options, 1);
    ck_assert_str_eq(again,
                     "stress-supervisor -s 0x1 --actors=3,writer=4,killer=0,reader=2 ./w");
    free(again);
}
END_TEST

START_TEST(limits)
{
    struct line line;
    struct options options;
    struct error error = { .text = "" };
    ck_assert_msg(parse(&line, "--require=p99.9<5ms --known=k --require=rate>10 ./w", &options,
                        &error) == 0, "%s", error.text);
    ck_assert_uint_eq(options.required.n, 2);
    ck_assert_int_eq(options.required.list[0].metric, REQUIRE_P999);
    ck_assert_uint_eq(options.required.list[0].value, 5 * CLOCK_MILLISECOND);
    ck_assert(!options.required.list[0].above && options.required.list[1].above);
    ck_assert_str_eq(options.known, "k");
    char *again = options_command_line(&options, 1); /* what is known does not change the run */
    ck_assert_str_eq(again, "stress-supervisor -s 0x1 --require='p99.9<5ms' --require='rate>10' "
                            "./w");
    free(again);
}
END_TEST

START_TEST(help_of_a_command)
{
    struct line line;
    struct options options;
    struct error error;
    ck_assert_int_eq(parse(&line, "merge a -h", &options, &error), 0);
    ck_assert_int_eq(options.help_of, OPTIONS_MERGE);
    ck_assert_int_eq(parse(&line, "run --help", &options, &error), 0);
    ck_assert_int_eq(options.help_of, OPTIONS_RUN);
    ck_assert_int_eq(parse(&line, "help suite", &options, &error), 0);
    ck_assert_int_eq(options.help_of, OPTIONS_SUITE);
    ck_assert_int_eq(parse(&line, "./w -h", &options, &error), 0);
    ck_assert_int_eq(options.help_of, OPTIONS_HELP);
    ck_assert_int_eq(parse(&line, "help -h", &options, &error), 0);
    ck_assert_int_eq(options.help_of, OPTIONS_HELP);
}
END_TEST

static const struct {
    const char *line;
    enum options_command command;
    const char *subject;
    int argc;
} taken[] = {
    { "--help", OPTIONS_HELP, NULL, 0 },
    { "merge -h", OPTIONS_HELP, NULL, 0 },
    { "list --help", OPTIONS_HELP, NULL, 0 },
    { "crash -h --foo", OPTIONS_HELP, NULL, 0 },
    { "help", OPTIONS_HELP, NULL, 0 },
    { "new store", OPTIONS_NEW, "store", 0 },
    { "new c", OPTIONS_NEW, "c", 0 },
    { "new ini c", OPTIONS_NEW, "c", 0 },
    { "new c ini", OPTIONS_NEW, "ini", 0 },
    { "help crash", OPTIONS_HELP, "crash", 0 },
    { "help help", OPTIONS_HELP, "help", 0 },
    { "--version --foo", OPTIONS_VERSION, NULL, 0 },
    { "list ./w", OPTIONS_LIST, "./w", 0 },
    { "list --format=json ./w", OPTIONS_LIST, "./w", 0 },
    { "report --format json ./d", OPTIONS_REPORT, "./d", 0 },
    { "suite ./a -j 2 --format=tap ./b -- -c", OPTIONS_SUITE, "./a", 0 },
    { "-n 1 run ./w", OPTIONS_RUN, "./w", 0 },
    { "run run", OPTIONS_RUN, "run", 0 },
    { "-- run", OPTIONS_RUN, "run", 0 },
    { "-- -odd -- a b", OPTIONS_RUN, "-odd", 2 },
    { "./w -n 3 -- a", OPTIONS_RUN, "./w", 1 },
    { "-n 0 -t 0 ./w", OPTIONS_RUN, "./w", 0 },
    { "-s 18446744073709551615 ./w", OPTIONS_RUN, "./w", 0 },
};

START_TEST(takes)
{
    struct line line;
    struct options options;
    struct error error = { .text = "" };
    ck_assert_msg(parse(&line, taken[_i].line, &options, &error) == 0, "%s", error.text);
    ck_assert_int_eq(options.command, taken[_i].command);
    if (taken[_i].subject)
        ck_assert_str_eq(options.subject, taken[_i].subject);
    ck_assert_int_eq(options.argc, taken[_i].argc);
}
END_TEST

/* All of them, in their order, with options in between and after `--`. */
START_TEST(takes_many_files)
{
    struct line line;
    struct options options;
    struct error error = { .text = "" };
    ck_assert_int_eq(parse(&line, "-q merge a -o out b --output=there c -- d -e", &options, &error),
                     0);
    ck_assert_int_eq(options.command, OPTIONS_MERGE);
    ck_assert_uint_eq(options.n_files, 5);
    static const char *const files[] = { "a", "b", "c", "d", "-e" };
    for (unsigned i = 0; i < options.n_files; i++)
        ck_assert_str_eq(options.files[i], files[i]);
    ck_assert_str_eq(options.subject, "a");
    ck_assert_str_eq(options.output, "there");
    ck_assert_int_eq(options.verbosity, -1);
}
END_TEST

START_TEST(takes_a_share)
{
    struct line line;
    struct options options;
    struct error error;
    ck_assert_int_eq(parse(&line, "crash --shard=3/8 ./w", &options, &error), 0);
    ck_assert_uint_eq(options.shard.number, 3);
    ck_assert_uint_eq(options.shard.count, 8);
    char *again = options_command_line(&options, 1); /* the seed is that of the share */
    ck_assert_str_eq(again, "stress-supervisor crash -s 0x1 ./w");
    free(again);
    ck_assert_int_eq(parse(&line, "suite --shard=9/8 ./s", &options, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "--shard=9/8: not a share: give I/N"));
}
END_TEST

/* The command line in a finding must be accepted and mean the same. */
/* What follows the command in `vm` is not read here. */
START_TEST(machine)
{
    struct options options;
    struct error error;
    struct line line;
    ck_assert_int_eq(parse(&line, "vm --disk=2G --memory=512M --with=a --with=b run --disk=x w "
                           "-- y", &options, &error), 0);
    ck_assert_int_eq(options.command, OPTIONS_VM);
    ck_assert_uint_eq(options.disk.value, UINT64_C(2) << 30);
    ck_assert_uint_eq(options.memory.value, UINT64_C(512) << 20);
    ck_assert_uint_eq(options.with.n, 2);
    ck_assert_str_eq(options.with.path[1], "b");
    ck_assert_int_eq(options.argc, 5);
    ck_assert_str_eq(options.argv[0], "run");
    ck_assert_str_eq(options.argv[4], "y");
}
END_TEST

START_TEST(command_line_in_a_machine)
{
    struct options options;
    struct error error;
    struct line line;
    ck_assert_int_eq(parse(&line, "-n 5 ./w", &options, &error), 0);
    options.vm = "vm --disk=2G";
    char *back = options_command_line(&options, 7);
    ck_assert_str_eq(back, "stress-supervisor vm --disk=2G run -s 0x7 --operations=5 ./w");
    free(back);
}
END_TEST

START_TEST(command_line_comes_back)
{
    static const char text[] = "-n 7 -t 1500ms -j8 --op-timeout=2s --setup=it's --in-scratch "
                               "--sandbox=none --max-findings=2 -o out -v ./w -- $x ''";
    struct line line;
    struct options options;
    struct error error;
    ck_assert_int_eq(parse(&line, text, &options, &error), 0);
    char *again = options_command_line(&options, 0x1234);
    ck_assert_str_eq(again, "stress-supervisor -s 0x1234 --operations=7 --time-limit=1500ms "
                            "--actors=8 --op-timeout=2s --max-findings=2 --setup='it'\\''s' "
                            "--in-scratch --sandbox=none ./w -- '$x' ''");
    free(again);
}
END_TEST

START_TEST(command_line_of_odd_names)
{
    struct options options = { .subject = "-odd", .time_limit = { true, 0 } };
    char *again = options_command_line(&options, 1);
    ck_assert_str_eq(again, "stress-supervisor -s 0x1 --time-limit=0 -- -odd");
    free(again);
    options.subject = "list";
    options.time_limit.value = 1500001;
    again = options_command_line(&options, 1);
    ck_assert_str_eq(again, "stress-supervisor -s 0x1 --time-limit=1501us -- list");
    free(again);
}
END_TEST

/* Those that another shell does not have; not those that may be secrets. */
START_TEST(variables_come_back)
{
    struct options options = { .subject = "./w" };
    setenv("MODE", "a b", 1);
    setenv("SIZE", "", 1);
    setenv("MO", "3", 1);
    setenv("STRESS_DEPTH", "it's", 1);
    setenv("STRESSED", "1", 1);
    setenv("TOKEN", "x", 1);
    setenv(OPTIONS_SUITE_VARIABLES, "MODE,SIZE,NONE", 1);
    char *again = options_command_line(&options, 1);
    ck_assert_ptr_nonnull(strstr(again, "MODE='a b' "));
    ck_assert_ptr_nonnull(strstr(again, "SIZE='' "));
    ck_assert_ptr_nonnull(strstr(again, "STRESS_DEPTH='it'\\''s' "));
    ck_assert_uint_eq(strlen(again), strlen("MODE='a b' SIZE='' STRESS_DEPTH='it'\\''s' "
                                            "stress-supervisor -s 0x1 ./w"));
    free(again);
}
END_TEST

Suite *options_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *test = tcase_create("options");
    tcase_add_checked_fixture(test, unit_forget_variables, NULL);
    tcase_add_loop_test(test, refuses, 0, sizeof refused / sizeof refused[0]);
    tcase_add_loop_test(test, takes, 0, sizeof taken / sizeof taken[0]);
    tcase_add_test(test, machine);
    tcase_add_test(test, command_line_in_a_machine);
    tcase_add_test(test, defaults);
    tcase_add_test(test, every_option);
    tcase_add_test(test, numbers_of_actors);
    tcase_add_test(test, limits);
    tcase_add_test(test, help_of_a_command);
    tcase_add_test(test, accepted_doubts);
    tcase_add_test(test, takes_many_files);
    tcase_add_test(test, takes_a_share);
    tcase_add_test(test, command_line_comes_back);
    tcase_add_test(test, command_line_of_odd_names);
    tcase_add_test(test, variables_come_back);
    suite_add_tcase(suite, test);
    return suite;
}
