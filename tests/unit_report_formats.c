/* SPDX-License-Identifier: MIT
 * unit_report_formats.c: every format of a run directory that was cut off at any byte, has garbage
 * in it, comes from a newer version, or names other directories; the timeline; the metrics.
 */
#include <check.h>
#include <string.h>

#include "base/fd.h"
#include "session/metrics.h"
#include "report/cases.h"
#include "report/timeline.h"
#include "report_fixture.h"
#include "unit.h"

static char top[256];

static void begin(void)
{
    fixture_directory(top);
}

static void end(void)
{
    struct error error;
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(tree_remove(top, &error), 0);
}

/* The end of each format, which shows that it is complete. */
static const char *const ends[OPTIONS_FORMATS] = {
    [OPTIONS_TEXT] = "unreadable lines in events.jsonl: 1\n", [OPTIONS_JSON] = "\n}\n",
    [OPTIONS_JUNIT] = "</testsuite>\n</testsuites>\n", [OPTIONS_TAP] = "  ...\n",
    [OPTIONS_HTML] = "</body>\n</html>\n"
};

static bool ends_with(const char *text, const char *end_of_text)
{
    size_t size = strlen(text), part = strlen(end_of_text);
    return size >= part && strcmp(text + size - part, end_of_text) == 0;
}

START_TEST(last_record_cut_at_every_byte)
{
    enum options_format format = (enum options_format)_i;
    struct rundir rundir;
    struct record record;
    struct error error = { .text = "" };
    struct stat whole;
    int status;
    fixture_cut_off(&rundir, &record);
    ck_assert_int_eq(stat("run/events.jsonl", &whole), 0);
    for (off_t size = whole.st_size - 2; size > whole.st_size - 150; size--) {
        ck_assert_int_eq(truncate("run/events.jsonl", size), 0);
        char *text = fixture_report(format, &status, &error);
        ck_assert_msg(status == 0, "%ld: %s", (long)size, error.text);
        ck_assert_msg(ends_with(text, ends[format]), "%ld: %s", (long)size, text);
        ck_assert_ptr_nonnull(strstr(text, "interrupted"));
        ck_assert_ptr_nonnull(strstr(text, "lost row 1"));
    }
    record_free(&record);
}
END_TEST

START_TEST(files_of_a_finding_are_cut_or_gone)
{
    static const char *const files[] = { "finding.json", "operations.txt", "reproduce.txt",
                                         "stderr" };
    enum options_format format = (enum options_format)_i;
    struct rundir rundir;
    struct record record;
    struct error error = { .text = "" };
    struct stat whole;
    int status;
    fixture_cut_off(&rundir, &record);
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "run/findings/0001-failure-put-writer/%s", files[i]);
        ck_assert_int_eq(stat(path, &whole), 0);
        for (off_t size = whole.st_size; size >= 0; size -= 17) {
            ck_assert_int_eq(truncate(path, size), 0);
            ck_assert_ptr_nonnull(strstr(fixture_report(format, &status, &error), "lost row 1"));
            ck_assert_int_eq(status, 0);
        }
        ck_assert_int_eq(unlink(path), 0);
    }
    ck_assert_ptr_nonnull(strstr(fixture_report(format, &status, &error), "lost row 1"));
    record_free(&record);
}
END_TEST

static void write_bytes(const char *path, const char *content, size_t size)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, size, file), size);
    fclose(file);
}

static void write_file(const char *path, const char *content)
{
    write_bytes(path, content, strlen(content));
}

/* Members of the wrong types: no crash, and a complete document. */
START_TEST(garbage)
{
    static const char *const results[] = {
        "{" FIXTURE_SOUND "}",
        ("{" FIXTURE_SOUND ", \"actors\": [{\"counted\": 1}, {\"counted\": 1, \"name\": 3}],"
         " \"types\": 7, \"verdict\": \"passed\", \"exit_status\": 0,"
         " \"actions\": [[], {\"seen\": -1, \"latency_ns\": 2}], \"injections\": {\"a\": 1},"
         " \"duration_s\": 1e300, \"resets\": 9223372036854775807}"),
        ("{" FIXTURE_SOUND ", \"findings\": [{\"id\": 1, \"count\": 5, \"first\": 3},"
         " {\"id\": 1, \"count\": 0, \"directory\": \"findings/../..\","
         " \"first\": {\"time_s\": -1e300}},"
         " {\"directory\": \"findings/loop\", \"id\": 9223372036854775807, \"count\": 1}]}"),
        "{" FIXTURE_SOUND ", \"command\": \"crash\", \"calls\": []}",
        ("{" FIXTURE_SOUND ", \"command\": \"crash\", \"calls\": [7, {\"call\": []}],"
         " \"models\": [\"a\", 1, \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\"],"
         " \"points\": [5, {}, {\"address\": 2, \"fault\": \"power:i\", \"verdict\": \"ok\"}],"
         " \"states\": {\"steps\": -1}, \"findings\": [{\"id\": 1, \"count\": 1, \"steps\":"
         " [3, {\"step\": 9223372036854775807, \"fate\": \"durable\", \"durable_at\": 1},"
         " {\"fate\": \"lost\", \"text\": {}}], \"repair\": \"x\", \"state\": \":\"}]}"),
    };
    static const char events[] =
        "{\"event\":\"sample\",\"t\":1e-300,\"counted\":1e308,\"p50\":1e308}\n"
        "{\"event\":\"sample\",\"t\":1e300,\"counted\":1e308,\"p50\":1,\"p999\":1e308}\n"
        "{\"event\":\"sample\",\"t\":-5}\n{\"event\":\"sample\"}\n\0\xff\n[{\n"
        "{\"event\":\"reset\",\"t\":1e307,\"announced\":true}\n{\"event\":\"reset\",\"t\":[]}\n";
    enum options_format format = (enum options_format)_i;
    struct error error = { .text = "" };
    int status;
    ck_assert_int_eq(mkdir("run", 0777), 0);
    ck_assert_int_eq(mkdir("run/findings", 0777), 0);
    ck_assert_int_eq(symlink("/", "run/findings/loop"), 0);
    write_bytes("run/events.jsonl", events, sizeof events - 1);
    for (unsigned i = 0; i < sizeof results / sizeof results[0]; i++) {
        write_file("run/result.json", results[i]);
        char *text = fixture_report(format, &status, &error);
        ck_assert_msg(status == 0, "%s", error.text);
        ck_assert(*text != '\0');
        if (format > OPTIONS_JSON)
            ck_assert_msg(ends_with(text, ends[format]), "%s", text);
    }
}
END_TEST

static const struct {
    const char *members, *what;
} damages[] = {
    { "\"verdict\": \"perfect\"", "'verdict' is not a verdict" },
    { "\"verdict\": 5", "'verdict' is not a verdict" },
    { "\"verdict\": null", "'verdict' is not a verdict" },
    { "\"verdict\": \"passed\"", "'exit_status' does not go with the verdict 'passed'" },
    { "\"exit_status\": 0", "'exit_status' does not go with the verdict 'failed'" },
    { "\"exit_status\": \"1\"", "'exit_status' is not an exit status" },
    { "\"exit_status\": 257", "'exit_status' is not an exit status" },
    { "\"verdict\": \"passed\", \"exit_status\": 0, \"findings\": [{\"id\": 1, \"count\": 1}]",
      "it has findings, and the verdict 'passed'" },
    { "\"generations\": 1.5", "'generations' is not a count" },
    { "\"resets\": -1", "'resets' is not a count" },
    { "\"operations\": 7", "'operations.counted' is not a count" },
    { "\"operations\": {\"counted\": 1}", "'operations.uncounted' is not a count" },
    { "\"duration_s\": \"1\"", "'duration_s' is not a number" },
    { "\"actors\": {}", "'actors' is not a list" },
    { "\"actors\": [{\"counted\": 1}, {}]", "'actors[1].counted' is not a count" },
    { "\"findings\": null", "'findings' is not a list" },
    { "\"findings\": [7]", "'findings[0].id' is not a count" },
    { "\"findings\": [{\"id\": 1, \"count\": -5}]", "'findings[0].count' is not a count" },
};

/* A result that makes no sense is told in one line, and is not printed as if it did. */
START_TEST(damaged)
{
    struct error error = { .text = "" };
    char result[1024];
    int status;
    ck_assert_int_eq(mkdir("run", 0777), 0);
    write_file("run/events.jsonl", "{\"event\":\"start\",\"schema\":1}\n");
    snprintf(result, sizeof result, "{" FIXTURE_SOUND ", %s}", damages[_i].members);
    write_file("run/result.json", result);
    for (int format = 0; format < OPTIONS_FORMATS; format++) {
        ck_assert_str_eq(fixture_report((enum options_format)format, &status, &error), "");
        ck_assert_int_eq(status, 3);
        ck_assert_msg(strstr(error.text, "result.json in 'run' is damaged: ") &&
                      strstr(error.text, damages[_i].what), "%s", error.text);
    }
}
END_TEST

/* The name of a directory in a file does not lead to another directory. */
START_TEST(strange_directories)
{
    static const char *const names[] = { "findings/one/two", "findings/..", "findings/link",
                                         "findings/", "/tmp", "secret", "findings/../secret" };
    struct error error = { .text = "" };
    char result[512];
    int status;
    ck_assert_int_eq(mkdir("run", 0777) | mkdir("run/findings", 0777) |
                     mkdir("run/findings/one", 0777) | mkdir("run/findings/one/two", 0777) |
                     mkdir("run/secret", 0777), 0);
    ck_assert_int_eq(symlink("../secret", "run/findings/link"), 0);
    write_file("run/secret/stderr", "the secret");
    write_file("run/findings/one/two/stderr", "the secret");
    write_file("run/stderr", "the secret");
    write_file("run/findings/stderr", "the secret");
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(result, sizeof result,
                 "{" FIXTURE_SOUND ", \"findings\": [{\"id\": 1, \"count\": 1, "
                 "\"title\": \"lost row\", \"directory\": \"%s\"}]}", names[i]);
        write_file("run/result.json", result);
        char *text = fixture_report((enum options_format)_i, &status, &error);
        ck_assert_msg(strstr(text, "lost row") && !strstr(text, "the secret"), "%s", names[i]);
    }
}
END_TEST

START_TEST(newer_schema)
{
    enum options_format format = (enum options_format)_i;
    struct error error = { .text = "" };
    int status;
    ck_assert_int_eq(mkdir("run", 0777), 0);
    write_file("run/events.jsonl", "{\"event\":\"start\",\"schema\":7,\"version\":\"9.1\"}\n");
    for (int i = 0; i < 2; i++) {
        ck_assert_str_eq(fixture_report(format, &status, &error), "");
        ck_assert_int_eq(status, 2);
        ck_assert_str_eq(error.text, "'run' was written by a newer stress-supervisor (9.1, schema "
                                     "7; this one reads up to 1): use that one");
        error.text[0] = '\0';
        ck_assert_int_eq(unlink("run/events.jsonl"), 0);
        write_file("run/events.jsonl", "");
        write_file("run/result.json", "{\"schema\": 7, \"version\": \"9.1\"}");
    }
}
END_TEST

/* ---- the timeline ------------------------------------------------------------------------ */

START_TEST(timeline)
{
    struct timeline line;
    json_t *result = json_pack("{s:f}", "duration_s", 8.0);
    ck_assert_int_eq(mkdir("run", 0777), 0);
    write_file("run/events.jsonl",
               "{\"event\":\"reset\",\"t\":0.5,\"announced\":true}\n"
               "{\"event\":\"sample\",\"t\":1,\"counted\":100,\"resets\":1,\"p50\":10,\"p99\":20}\n"
               "{\"event\":\"sample\",\"t\":2,\"counted\":150,\"resets\":4,\"p50\":5,\"p99\":70}\n"
               "{\"event\":\"sample\",\"t\":2,\"counted\":160,\"resets\":4}\n"
               "{\"event\":\"sample\",\"t\":3,\"counted\":140,\"resets\":4}\n"
               "{\"event\":\"reset\",\"t\":2.5,\"announced\":true,"
               "\"announcement\":\"injection\"}\n{\"event\":\"injection\",\"t\":3}\n"
               "{\"event\":\"sample\",\"t\":4,\"counted\":150,\"resets\":4}\n");
    int at FD_CLEANUP = open("run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    timeline_load(&line, at, result);
    ck_assert_uint_eq(line.n_samples, 3);
    ck_assert_double_eq(line.samples[1].from_s, 1);
    ck_assert_double_eq(line.samples[1].counted, 50);
    ck_assert_double_eq(line.samples[1].marks[TIMELINE_RESET], 3);
    ck_assert_double_eq(line.samples[2].from_s, 2);
    ck_assert_double_eq(line.samples[2].counted, 0);
    ck_assert_double_eq(line.total[TIMELINE_RESET], 4); /* two of them without an event */
    ck_assert_double_eq(line.total[TIMELINE_FAULT], 2);
    ck_assert_double_eq(line.end_s, 8);
    timeline_thin(&line, 4); /* at most 2 s each */
    ck_assert_uint_eq(line.n_samples, 2);
    ck_assert_double_eq(line.samples[0].counted, 150);
    ck_assert_double_eq_tol(line.samples[0].p50, 25. / 3, 0.01);
    ck_assert_double_eq(line.samples[0].p99, 70);
    timeline_free(&line);
    json_decref(result);
}
END_TEST

/* ---- metrics ----------------------------------------------------------------------------- */

START_TEST(metrics)
{
    static char text[65536];
    static const char *const wanted[] = {
        "\nstress_running 0\n", "\nstress_verdict{verdict=\"failed\"} 1\n",
        "\nstress_verdict{verdict=\"passed\"} 0\n", "\nstress_generations 3\n",
        "\nstress_reset_seconds_max 2.000000\n",
        "\nstress_operations_total{actor=\"writer\",outcome=\"counted\"} 20\n",
        "\nstress_operation_seconds_count{actor=\"killer\"} 10\n",
        "\nstress_findings{kind=\"failure\"} 2\n",
        "\nstress_finding_occurrences_total{kind=\"failure\"} 4\n",
        "workload=\"a?b\\\"c\\\\d\","
    };
    struct record record;
    fixture_finished(&record, 2);
    record.workload = "a\nb\"c\\d";
    json_t *result = record_result(&record);
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    ck_assert_ptr_nonnull(out);
    metrics_print(out, result);
    fclose(out);
    for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        ck_assert_msg(strstr(text, wanted[i]) != NULL, "no %s in\n%s", wanted[i], text);
    json_decref(result);
    record_free(&record);
}
END_TEST

START_TEST(metrics_file)
{
    struct rundir rundir = { .fd = -1, .events = -1 };
    struct record record;
    struct metrics file;
    struct error error;
    fixture_finished(&record, 2);
    ck_assert_int_eq(metrics_open(&file, "no/file", &error), -1);
    ck_assert_int_eq(mkdir("directory", 0700), 0);
    ck_assert_int_eq(metrics_open(&file, "directory", &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "not a regular file"));
    write_file("file", "old");
    ck_assert_int_eq(metrics_open(&file, "file", &error), 0);
    ck_assert_int_eq(access("file.tmp", F_OK), -1);
    metrics_tick(&file, &record, &rundir);
    ck_assert(!rundir.failed);
    ck_assert_int_eq(access("file.tmp", F_OK), -1);
    FILE *in = fopen("file", "r");
    char line[64] = "";
    ck_assert_ptr_nonnull(in);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, in));
    ck_assert_str_eq(line, "# HELP stress_info The program and what it runs.\n");
    fclose(in);
    ck_assert_int_eq(unlink("file"), 0);
    ck_assert_int_eq(mkdir("file", 0777), 0); /* while it runs */
    metrics_tick(&file, &record, &rundir);
    ck_assert(rundir.failed);
    ck_assert_ptr_null(file.path);
    record_free(&record);
}
END_TEST

Suite *report_formats_suite(void)
{
    Suite *suite = suite_create("report_formats");
    TCase *test = tcase_create("report_formats");
    tcase_set_timeout(test, 60);
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_loop_test(test, damaged, 0, sizeof damages / sizeof damages[0]);
    tcase_add_loop_test(test, last_record_cut_at_every_byte, 0, OPTIONS_FORMATS);
    tcase_add_loop_test(test, files_of_a_finding_are_cut_or_gone, 0, OPTIONS_FORMATS);
    tcase_add_loop_test(test, garbage, 0, OPTIONS_FORMATS);
    tcase_add_loop_test(test, strange_directories, 0, OPTIONS_FORMATS);
    tcase_add_loop_test(test, newer_schema, 0, OPTIONS_FORMATS);
    tcase_add_test(test, timeline);
    tcase_add_test(test, metrics);
    tcase_add_test(test, metrics_file);
    suite_add_tcase(suite, test);
    return suite;
}
