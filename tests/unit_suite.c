/* SPDX-License-Identifier: MIT
 * unit_suite.c: suite files: good ones are read, bad ones are refused with the line; and the
 * verdict of a case, from its exit status and its result.json.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "doubt/doubt.h"
#include "wire/wire.h"
#include "suite/file.h"
#include "suite/judge.h"
#include "suite/select.h"
#include "unit.h"

/* ---- files ------------------------------------------------------------------------------- */

static char path[64];
static const struct options no_options;
static struct suite suite = { .options = &no_options };
static struct error error;

static int parse(const char *text)
{
    snprintf(path, sizeof path, "/tmp/stress-unit-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(close(fd), 0);
    error = (struct error){ 0 };
    int result = suite_read(&suite, path, &error);
    ck_assert_int_eq(unlink(path), 0);
    return result;
}

#define CASE "[case a]\nrun = true\n"

static const struct {
    const char *text, *message;
    unsigned line; /* 0: the message has none */
} bad[] = {
    { "", "no [case NAME] section: nothing to do", 0 },
    { "[suite]\n", "no [case NAME] section", 0 },
    { "run = true\n", "key 'run' stands before the first [section]", 1 },
    { CASE "wait = 3\n", "unknown key 'wait' in [case a]: allowed are run, crash, options", 3 },
    { CASE "run = false\n", "'run' is given twice in [case a]", 3 },
    { CASE "\n" CASE, "a second [case a]; the first is at /tmp/stress-unit-", 4 },
    { CASE "[case b]\n", "[case b] has neither run nor crash", 3 },
    { "[case b]\ntime_limit = 1s\n" CASE, "[case b] has neither run nor crash", 1 },
    { CASE "crash = true\n", "does not go with run", 3 },
    { CASE "[cases b]\n", "unknown section [cases b]: allowed are [suite], [case NAME]", 3 },
    { CASE "[case]\n", "unknown section [case]", 3 },
    { CASE "[case a.b]\n", "a name of at most 31 of A-Z a-z 0-9 _ -", 3 },
    { CASE "[case a b]\n", "[case a b]: use a name", 3 },
    { CASE "[case ../b]\n", "[case ../b]: use a name", 3 },
    { "[case a]\nrun =\n", "run in [case a] is empty: expected a command line", 2 },
    { "[case a]\nrun = ''\n", "the name of the workload is empty", 2 },
    { "[case a]\nrun = $NOTHING\n", "run in [case a] has no word", 2 },
    { "[case a]\nrun = true 'a\n", "a quote or ${ is not closed", 2 },
    { "[case a]\nrun = true $NO_SUCH_WORD\n", "a variable is not set", 2 },
    { "[case a]\nrun = true ${NO_SUCH_WORD?} ${NO_SUCH_WORD:-x}\n", "a variable is not set",
      2 },
    { "[case a]\nrun = true `id`\n", "commands within words are not run", 2 },
    { "[case a]\nrun = true; false\n", "| & ; < > ( ) { } is not in quotes", 2 },
    { "[case a]\nrun = true\noptions = --fault=kill\n",
      "[case a]: option '--fault' does not go with 'run'", 3 },
    { CASE "options = -n x\n", "--operations=x: not a number", 3 },
    { CASE "options = --foo\n", "unknown option '--foo'", 3 },
    { CASE "options = -n\n", "--operations=true: not a number", 3 },
    { "[case a]\nrun = w -- b\noptions = --setup\n", "no workload given", 3 },
    { "[case a]\ncrash = w -- b\noptions = --calls\n", "no workload given", 3 },
    { CASE "options = other\n", "unexpected argument 'true'", 3 },
    { "[case a]\nrun = w -- b\noptions = -- x\n", "a word that is not an option", 3 },
    { CASE "options = --shard=1/2\n", "options in [case a] has --shard: give it to the suite", 3 },
    { CASE "short = --shard 1/2\n", "short in [case a] has --shard: give it to the suite", 3 },
    { "[case a]\nrun = --shard=2/2 w\n", "run in [case a] has --shard: give it to the suite", 2 },
    { "[case a]\ncrash = --shard=2/2 w\n", "crash in [case a] has --shard: give it to the", 2 },
    { CASE "options = -o there\n", "has --output: that is the suite's own", 3 },
    { "[case a]\nrun = -n 5 -c w\n", "unknown option '-c'", 2 },
    { "[case a]\nrun = -n x w\n", "--operations=x: not a number", 2 },
    { "[case a]\nrun = -n 5\n", "no workload given", 2 },
    { "[case a]\nrun = w -o there\n", "run in [case a] has --output: that is the suite's", 2 },
    { "[case a]\nrun = w -h\n", "--help and --version do not", 2 },
    { CASE "tags = ../a\n", "bad value '../a' for tags in [case a]: expected names", 3 },
    { CASE "short = -t x\n", "[case a]: --time-limit=x: not a duration", 3 },
    { CASE "short = other\n", "[case a]: unexpected argument 'true'", 3 },
    { CASE "short = -o x\n", "short in [case a] has --output", 3 },
    { CASE "seeds = 0\n", "seeds in [case a] is not a whole number of 1 or more", 3 },
    { CASE "seeds = x\n", "seeds in [case a] is not a whole number", 3 },
    { CASE "seeds = 1001\n", "[case a] stands for more than 1000 cases", 1 },
    { CASE "seeds = 18446744073709551615\nmatrix = A=1,2\n", "more than 1000 cases", 1 },
    { CASE "matrix = A=1,2,3,4,5,6,7,8,9,10,11 B=1,2,3,4,5,6,7,8,9,10\nseeds = 10\n",
      "more than 1000 cases", 1 },
    { CASE "seeds = 2\noptions = -s 7\n", "seeds in [case a-seed1] does not go with --seed", 3 },
    { CASE "matrix = A\n", "[case a]: 'A': give NAME=VALUE,VALUE...", 3 },
    { CASE "matrix = 1=2\n", "'1=2': give NAME=", 3 },
    { CASE "matrix = STRESS_SEED=2\n", "does not begin with STRESS_", 3 },
    { CASE "matrix = A=1 A=2\n", "variable 'A' is given twice", 3 },
    { CASE "matrix = A=1 B=1 C=1 D=1 E=1 F=1 G=1 H=1 I=1\n", "'I=1' is one variable too many", 3 },
    { CASE "matrix = A=x.y,x_y\n", "two cases are named a-x_y", 1 },
    { "[case a-1]\nrun = true\n[case a]\nrun = true\nmatrix = A=0,1\n",
      "two cases are named a-1; the first is at", 3 },
    { CASE "matrix = A=0123456789012345678901234567890123456789012345678901234567890123"
           "456789012345678901234567890123\n",
      "is longer than 95 characters", 1 },
    { "[case a]\nrun = true\nmatrix = A=1,x\noptions = -n $A\n",
      "[case a-x]: --operations=x: not a number", 4 },
    { CASE "vm = --bad\n", "[case a]: unknown option '--bad'", 3 },
    { CASE "vm = --disk=much\n", "[case a]: --disk=much: not a size", 3 },
    { CASE "vm = run\n", "vm in [case a] has a word that is not an option", 3 },
    { CASE "options = --help\n", "--help and --version do not", 3 },
    { CASE "expect = luck\n", "bad value 'luck' for expect in [case a]: expected clean or finding",
      3 },
    { CASE "expect = finding\nkinds = crash, luck\n", "bad value 'crash, luck' for kinds", 4 },
    { CASE "expect = finding\nkinds = ,\n", "bad value ',' for kinds", 4 },
    { CASE "kinds = crash\n", "kinds in [case a] goes with expect = finding only", 3 },
    { CASE "findings_at_least = 1\n", "goes with expect = finding only", 3 },
    { CASE "points_at_least = 1\n", "goes with crash only", 3 },
    { CASE "operations_at_least = -1\n", "bad value '-1' for operations_at_least", 3 },
    { CASE "time_limit = 5\n", "bad value '5' for time_limit", 3 },
    { CASE "time_limit = 0\n", "bad value '0' for time_limit", 3 },
    { CASE "[suite]\n", "[suite] must come before the cases", 3 },
    { "[suite]\n[suite]\n", "a second [suite]; the first is at line 1", 2 },
    { "[suite]\nrun = true\n", "unknown key 'run' in [suite]: allowed is directory", 2 },
    { "[suite]\ndirectory = no/such/place\n" CASE, "no directory '", 2 },
    { "[suite]\ndirectory = .\ndirectory = .\n" CASE, "'directory' is given twice", 3 },
    { CASE "nonsense\n", "neither a [section], nor KEY = VALUE, nor a comment", 3 },
};

START_TEST(refuses)
{
    char where[96];
    setenv("NOTHING", "", 1);
    ck_assert_int_eq(parse(bad[_i].text), -1);
    ck_assert_msg(strstr(error.text, bad[_i].message), "'%s': %s", bad[_i].text, error.text);
    snprintf(where, sizeof where, "%s:%u: ", path, bad[_i].line);
    if (bad[_i].line > 0)
        ck_assert_msg(strncmp(error.text, where, strlen(where)) == 0, "'%s': %s", bad[_i].text,
                      error.text);
    ck_assert_ptr_null(strchr(error.text, '\n'));
    suite_free(&suite);
}
END_TEST

/* `wanted` lacks the word that keeps a case from being shared again. */
static void check_argv(const struct suite_case *entry, const char *const *wanted)
{
    size_t n = 0;
    for (; wanted[n]; n++) {
        ck_assert_uint_lt(n + (n > SUITE_OUTPUT), entry->argc);
        ck_assert_str_eq(entry->argv[n + (n > SUITE_OUTPUT)], wanted[n]);
    }
    ck_assert_uint_eq(n + 1, entry->argc);
    ck_assert_str_eq(entry->argv[SUITE_OUTPUT + 1], "--shard=1/1");
    ck_assert_ptr_null(entry->argv[n + 1]);
}

START_TEST(reads)
{
    static const char text[] = "[suite]\ndirectory = ${NO_SUCH_WORD:-/}\n"
                               "[case one]\n"
                               "run = -j2 ./w -- 'a b' \"$WORD\"\n    c\n"
                               "options = -n 5\n"
                               "setup = mkdir x &&\n    echo $y\n"
                               "operations_at_least = 5\ntime_limit = 1m\n"
                               "[case two]\n"
                               "crash = w -- -- -x\n"
                               "expect = finding\nkinds = invariant, crash\n"
                               "points_at_least = 7\nfindings_at_least = 2\n";
    setenv("WORD", "x y", 1);
    ck_assert_msg(parse(text) == 0, "%s", error.text);
    ck_assert_uint_eq(suite.n, 2);
    const struct suite_case *one = &suite.cases[0], *two = &suite.cases[1];
    ck_assert_str_eq(one->name, "one");
    ck_assert_uint_eq(one->line, 3);
    ck_assert_str_eq(one->directory, "/");
    ck_assert(!one->crash && !one->finding);
    ck_assert_uint_eq(one->operations, 5);
    ck_assert_uint_eq(one->time_limit_ns, 60 * CLOCK_SECOND);
    check_argv(one, (const char *const[]){ "stress-supervisor", "run", "--output", "-",
                                           "--setup=mkdir x &&\necho $y", "-j2", "./w", "-n", "5",
                                           "--", "a b", "x y", "c", NULL });
    ck_assert(two->crash && two->finding);
    ck_assert_uint_eq(two->kinds, 1u << FINDING_INVARIANT | 1u << FINDING_CRASH);
    ck_assert_uint_eq(two->points, 7);
    ck_assert_uint_eq(two->findings, 2);
    check_argv(two, (const char *const[]){ "stress-supervisor", "crash", "--output", "-",
                                           "w", "--", "--", "-x", NULL });
    ck_assert_int_eq(parse("[case three]\nrun = true\n"), 0);
    ck_assert_str_eq(suite.cases[2].directory, "/tmp");
    ck_assert_int_eq(parse("[case four]\nrun = true -- -c --\n"), 0); /* as on a command line */
    check_argv(&suite.cases[3], (const char *const[]){ "stress-supervisor", "run", "--output",
                                                       "-", "true", "--", "-c", "--", NULL });
    /* The options of other keys come before the workload's words, whatever the line is like. */
    ck_assert_msg(parse("[case five]\nrun = -n 3 -- -w -- -x\noptions = -q\n") == 0, "%s",
                  error.text);
    check_argv(&suite.cases[4], (const char *const[]){ "stress-supervisor", "run", "--output", "-",
                                                       "-n", "3", "-q", "--", "-w", "--", "-x",
                                                       NULL });
    ck_assert_int_eq(parse("[case six]\nrun = true -n 3 --\noptions = -q\n"), 0);
    check_argv(&suite.cases[5], (const char *const[]){ "stress-supervisor", "run", "--output", "-",
                                                       "true", "-n", "3", "-q", NULL });
    ck_assert_int_eq(parse("[case one]\nrun = true\n"), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "a second [case one]; the first is at"));
    suite_free(&suite);
}
END_TEST

/* Where a command line would want them. */
START_TEST(dashes_left_out)
{
    ck_assert_msg(parse("[case one]\nrun = -n 3 sh -c 'exit 1' -n\n") == 0, "%s", error.text);
    check_argv(&suite.cases[0], (const char *const[]){ "stress-supervisor", "run", "--output", "-",
                                                       "-n", "3", "sh", "--", "-c", "exit 1", "-n",
                                                       NULL });
    ck_assert_int_eq(parse("[case two]\ncrash = ./w -s 3 write\noptions = -q\n"), 0);
    check_argv(&suite.cases[1], (const char *const[]){ "stress-supervisor", "crash", "--output",
                                                       "-", "./w", "-s", "3", "-q", "--", "write",
                                                       NULL });
    suite_free(&suite);
}
END_TEST

/* Each combination, the last variable first and before it the seed; the environment is as before.
 */
START_TEST(matrix_of_values)
{
    static const char text[] = "[case a]\nrun = w -- $A \"$WORD\"\nseeds = 2\n"
                               "matrix = A=--x,y,z WORD=1,2\n";
    static const char *const names[] = { "a-x-1-seed1", "a-x-1-seed2", "a-x-2-seed1", "a-x-2-seed2",
                                         "a-y-1-seed1" };
    setenv("WORD", "as before", 1);
    unsetenv("A");
    ck_assert_msg(parse(text) == 0, "%s", error.text);
    ck_assert_uint_eq(suite.n, 12);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_str_eq(suite.cases[i].name, names[i]);
    check_argv(&suite.cases[1], (const char *const[]){ "stress-supervisor", "run", "--output", "-",
                                                       "--seed=2", "w", "--", "--x", "1", NULL });
    ck_assert_str_eq(suite.cases[1].variables[0], "A=--x");
    ck_assert_str_eq(suite.cases[1].variables[1], "WORD=1");
    ck_assert_ptr_null(suite.cases[1].variables[2]);
    ck_assert_uint_eq(suite.cases[11].number, 11);
    ck_assert_str_eq(getenv("WORD"), "as before");
    ck_assert_ptr_null(getenv("A"));
    suite_free(&suite);
}
END_TEST

/* ---- verdicts ---------------------------------------------------------------------------- */

#define EXIT(status) ((status) << 8)
#define OPERATIONS "'operations':{'counted':9}"
#define CLEAN "{'verdict':'passed'," OPERATIONS ",'findings':[]}"
#define FOUND "{'verdict':'failed'," OPERATIONS \
    ",'findings':[{'kind':'invariant','title':'lost','count':3}]}"
#define NOTHING_WORKED "{'verdict':'failed','operations':{'counted':0}" \
    ",'findings':[{'kind':'invariant','title':'lost','count':3}]}"
#define DOUBTED(kind) "{'verdict':'passed'," OPERATIONS ",'findings':[]" \
    ",'doubts':[{'kind':'" kind "','count':3}]}"
#define WITH_DOUBTS ",'doubts':[{'kind':'let-through','count':3}]}"
#define UNKNOWN "{'verdict':'failed'," OPERATIONS ",'findings':[{'kind':'of later versions'}]}"
#define HOOK                                                                                       \
    "{'verdict':'failed'," OPERATIONS ",'findings':[{'kind':'environment','title':'setup'}]}"
#define POINT(at, verdict) "{'address':{'ordinal':" #at "},'fault':'kill','verdict':'" verdict "'}"
#define AGAIN(at) "{'address':{'ordinal':" #at "},'recovery':{},'verdict':'ok'}"
#define POINTS(points) "{'verdict':'passed'," OPERATIONS ",'findings':[],'points':[" points "]}"
#define BROKEN(points)                                                                             \
    "{'verdict':'failed'," OPERATIONS \
    ",'findings':[{'kind':'invariant','title':'lost','count':2}]," \
    "'points':[" points "]}"
#define INVARIANT (1u << FINDING_INVARIANT)

static const struct {
    struct suite_case entry;
    int status;
    const char *result; /* with ' for "; NULL: none */
    enum suite_verdict verdict;
    const char *reason;
} rows[] = {
    { { .name = "a" }, EXIT(0), CLEAN, SUITE_PASSED, "" },
    { { .operations = 9 }, EXIT(0), CLEAN, SUITE_PASSED, "" },
    { { .operations = 10 }, EXIT(0), CLEAN, SUITE_FAILED, "9 operations, expected at least 10" },
    { { .finding = true }, EXIT(0), CLEAN, SUITE_FAILED, "nothing was found, expected a finding" },
    { { .name = "a" }, EXIT(1), FOUND, SUITE_FAILED, "1 findings, expected none; the first: "
                                                     "invariant: lost" },
    { { .finding = true }, EXIT(1), FOUND, SUITE_PASSED, "" },
    { { .finding = true, .kinds = INVARIANT }, EXIT(1), FOUND, SUITE_PASSED, "" },
    { { .finding = true, .kinds = 1u << FINDING_CRASH }, EXIT(1), FOUND, SUITE_FAILED,
      "no finding of the kinds expected; the first: invariant: lost" },
    { { .finding = true }, EXIT(1), HOOK, SUITE_FAILED,
      "no finding of the kinds expected; the first: environment: setup" },
    { { .finding = true, .kinds = 1u << FINDING_ENVIRONMENT }, EXIT(1), HOOK, SUITE_PASSED, "" },
    { { .finding = true }, EXIT(1), UNKNOWN, SUITE_FAILED, "no finding of the kinds expected" },
    { { .finding = true }, EXIT(1), NOTHING_WORKED, SUITE_FAILED, "no operation succeeded" },
    { { .finding = true, .kinds = INVARIANT }, EXIT(1), NOTHING_WORKED, SUITE_PASSED, "" },
    { { .name = "a" }, EXIT(0), DOUBTED("let-through"), SUITE_ERROR, "not passed, because" },
    { { .accepted = 1u << DOUBT_LET_THROUGH }, EXIT(0), DOUBTED("let-through"), SUITE_PASSED, "" },
    { { .accepted = 1u << DOUBT_CLOCK }, EXIT(0), DOUBTED("let-through"), SUITE_ERROR,
      "let-through" },
    { { .name = "a" }, EXIT(0), DOUBTED("clock"), SUITE_PASSED, "" },
    { { .crash = true }, EXIT(0), "{'verdict':'passed'," OPERATIONS ",'findings':[]"
      ",'points':[" POINT(1, "ok") "]" WITH_DOUBTS, SUITE_PASSED, "" }, /* it has judged them */
    { { .finding = true }, EXIT(1), "{'verdict':'failed'," OPERATIONS
      ",'findings':[{'kind':'invariant'}]" WITH_DOUBTS, SUITE_PASSED, "" },
    { { .finding = true, .findings = 2 }, EXIT(1), FOUND, SUITE_FAILED,
      "1 findings of these kinds, expected at least 2" },
    /* The exit status and the report contradict each other. */
    { { .name = "a" }, EXIT(0), FOUND, SUITE_FAILED, "exit status 0, but result.json says failed" },
    { { .finding = true }, EXIT(1), CLEAN, SUITE_FAILED, "exit status 1, but result.json says" },
    { { .finding = true }, EXIT(0), FOUND, SUITE_FAILED, "exit status 0, but result.json says" },
    { { .name = "a" }, EXIT(0), "{'verdict':'passed'," OPERATIONS ",'findings':[{'kind':'crash'}]}",
      SUITE_FAILED, "exit status 0, but result.json has 1 findings" },
    { { .finding = true }, EXIT(1), "{'verdict':'failed'," OPERATIONS ",'findings':[]}",
      SUITE_FAILED, "exit status 1, but result.json has 0 findings" },
    { { .name = "a" }, EXIT(0), "{'verdict':'interrupted'," OPERATIONS ",'findings':[]}",
      SUITE_FAILED, "result.json says interrupted" },
    { { .name = "a" }, EXIT(0), "{'verdict':'passed'}", SUITE_FAILED, "result.json lacks" },
    { { .name = "a" }, EXIT(0), "{}", SUITE_FAILED, "but result.json says nothing" },
    { { .name = "a" }, EXIT(0), "[]", SUITE_ERROR, "no result.json that can be read: last line" },
    { { .name = "a" }, EXIT(0), NULL, SUITE_ERROR, "no result.json that can be read: last line" },
    { { .finding = true }, EXIT(1), NULL, SUITE_ERROR, "no result.json that can be read" },
    /* Ends without a result. */
    { { .name = "a" }, EXIT(2), NULL, SUITE_FAILED, "wrong usage, nothing was started: last line" },
    { { .finding = true }, EXIT(3), FOUND, SUITE_ERROR, "last line" },
    { { .name = "a" }, EXIT(130), CLEAN, SUITE_ERROR, "exit status 130" },
    { { .finding = true }, EXIT(127), NULL, SUITE_ERROR, "exit status 127: last line" },
    { { .name = "a" }, 9, CLEAN, SUITE_ERROR, "killed by signal 9 (Killed)" },
    { { .job.late = true, .time_limit_ns = CLOCK_SECOND }, EXIT(0), CLEAN, SUITE_FAILED,
      "its time limit of 1 s was reached" },
    { { .job.stopped = true }, EXIT(0), CLEAN, SUITE_FAILED, "it was stopped with the suite" },
    { { .name = "a" }, EXIT(77), "{'verdict':'skipped','reason':'no disk'}", SUITE_SKIPPED,
      "no disk" },
    { { .finding = true }, EXIT(77), "{'verdict':'skipped'}", SUITE_SKIPPED, "cannot run here" },
    { { .name = "a" }, EXIT(77), CLEAN, SUITE_FAILED, "exit status 77, but result.json says" },
    { { .name = "a" }, EXIT(77), NULL, SUITE_ERROR, "no result.json that can be read" },
    { { .name = "a", .vm = true }, EXIT(77), NULL, SUITE_SKIPPED, "" }, /* there is no QEMU */
    { { .name = "a", .vm = true }, EXIT(1), NULL, SUITE_ERROR, "no result.json" },
    /* Enumerations. */
    { { .crash = true }, EXIT(0), CLEAN, SUITE_FAILED, "result.json lacks" },
    { { .crash = true, .points = 2 }, EXIT(0),
      POINTS(POINT(1, "ok") "," POINT(1, "ok") "," POINT(2, "ok")), SUITE_PASSED, "" },
    { { .crash = true, .points = 3 }, EXIT(0),
      POINTS(POINT(1, "ok") "," POINT(1, "ok") "," POINT(2, "ok") "," AGAIN(3)), SUITE_FAILED,
      "2 points, expected at least 3" },
    { { .crash = true }, EXIT(0), POINTS(POINT(1, "ok") "," POINT(2, "not-reached")), SUITE_FAILED,
      "1 points are not-reached: they were not tested" },
    { { .crash = true, .finding = true }, EXIT(1),
      BROKEN(POINT(1, "finding") "," POINT(2, "not-reached")), SUITE_FAILED, "not-reached" },
    { { .crash = true, .finding = true, .accepted = 1u << DOUBT_NOT_REACHED }, EXIT(1),
      BROKEN(POINT(1, "finding") "," POINT(2, "not-reached")), SUITE_PASSED, "" },
    { { .crash = true, .finding = true }, EXIT(1),
      BROKEN(POINT(1, "finding") "," POINT(2, "error")),
      SUITE_FAILED, "1 points are error" },
    { { .crash = true, .finding = true }, EXIT(1), BROKEN(POINT(1, "finding") "," "{}"),
      SUITE_FAILED, "1 points are ?" },
    { { .crash = true, .finding = true }, EXIT(1), BROKEN(""), SUITE_FAILED,
      "no point was tried: last line" },
    { { .crash = true }, EXIT(0), POINTS(POINT(1, "finding")), SUITE_FAILED,
      "exit status 0, but result.json has 0 findings at 1 points" },
    { { .crash = true, .finding = true }, EXIT(1), BROKEN(POINT(1, "ok")), SUITE_FAILED,
      "exit status 1, but result.json has 1 findings at 0 points" },
    { { .crash = true, .finding = true, .kinds = INVARIANT, .findings = 2, .points = 2 }, EXIT(1),
      BROKEN(POINT(1, "finding") "," POINT(2, "finding")), SUITE_PASSED, "" },
    { { .crash = true, .finding = true, .kinds = INVARIANT, .findings = 3 }, EXIT(1),
      BROKEN(POINT(1, "finding") "," POINT(2, "finding")), SUITE_FAILED,
      "2 findings of these kinds, expected at least 3" },
};

START_TEST(judges)
{
    char text[1024] = "", reason[SUITE_REASON] = "";
    json_t *result = NULL;
    if (rows[_i].result) {
        snprintf(text, sizeof text, "%s", rows[_i].result);
        for (char *at = text; (at = strchr(at, '\'')); at++)
            *at = '"';
        result = json_loads(text, 0, NULL);
        ck_assert_msg(result, "%s", text);
    }
    struct suite_outcome outcome = { rows[_i].status, result, "last line" };
    enum suite_verdict verdict = suite_judge(&rows[_i].entry, &outcome, reason, sizeof reason);
    ck_assert_msg(verdict == rows[_i].verdict, "row %d: %d: %s", _i, (int)verdict, reason);
    ck_assert_msg(strstr(reason, rows[_i].reason), "row %d: %s", _i, reason);
    ck_assert_int_eq(reason[0] == '\0', verdict == SUITE_PASSED);
    json_decref(result);
}
END_TEST

Suite *suite_suite(void)
{
    Suite *all = suite_create("suite");
    TCase *files = tcase_create("files"), *verdicts = tcase_create("verdicts");
    tcase_add_loop_test(files, refuses, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(files, reads);
    tcase_add_test(files, dashes_left_out);
    tcase_add_test(files, matrix_of_values);
    tcase_add_loop_test(verdicts, judges, 0, sizeof rows / sizeof rows[0]);
    suite_add_tcase(all, files);
    suite_add_tcase(all, verdicts);
    return all;
}
