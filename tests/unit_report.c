/* SPDX-License-Identifier: MIT
 * unit_report.c: result.json field by field, the table at the end of a run, and the report of a
 * directory that was cut off at any byte.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "format/json.h"
#include "report/report.h"
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

static const json_t *at(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    ck_assert_msg(value != NULL, "%s is missing", key);
    return value;
}

static const char *text_at(const json_t *object, const char *key)
{
    ck_assert_msg(json_is_string(at(object, key)), "%s is no string", key);
    return json_string_value(at(object, key));
}

static json_int_t count_at(const json_t *object, const char *key)
{
    ck_assert_msg(json_is_integer(at(object, key)), "%s is no integer", key);
    return json_integer_value(at(object, key));
}

static void check_identity(const json_t *result)
{
    ck_assert_int_eq(count_at(result, "schema"), 1);
    ck_assert_str_ne(text_at(result, "version"), "");
    ck_assert(json_is_true(at(result, "complete")));
    ck_assert_str_eq(text_at(result, "workload"), "./store");
    ck_assert_str_eq(text_at(result, "environment"), "store");
    ck_assert_str_eq(text_at(result, "seed"), "0xfedcba9876543210");
    ck_assert_str_eq(text_at(result, "started"), "2023-11-14T22:13:20Z");
    ck_assert_str_eq(text_at(result, "verdict"), "failed");
    ck_assert_int_eq(count_at(result, "exit_status"), 1);
    ck_assert_str_eq(text_at(result, "reason"), "2 findings; the target is reached");
    ck_assert_int_eq(count_at(result, "generations"), 3);
    ck_assert_int_eq(count_at(result, "resets"), 2);
    ck_assert_double_eq(json_real_value(at(at(result, "reset_time"), "total_s")), 3);
    ck_assert_double_eq(json_real_value(at(at(result, "reset_time"), "max_s")), 2);
    ck_assert_double_eq(json_real_value(at(result, "duration_s")), 10);
    ck_assert(json_is_null(at(result, "time_limit_s")));
    ck_assert_int_eq(count_at(result, "supervisors"), 1);
    ck_assert_int_eq(count_at(result, "strays"), 0);
    ck_assert_int_eq(count_at(result, "server_deaths"), 0);
    ck_assert(json_is_array(at(result, "injections")));
}

static void check_actors(const json_t *result)
{
    const json_t *operations = at(result, "operations"), *actors = at(result, "actors");
    ck_assert_int_eq(count_at(operations, "target"), 1000);
    ck_assert_int_eq(count_at(operations, "counted"), 30);
    ck_assert_int_eq(count_at(operations, "uncounted"), 0);
    ck_assert_int_eq(count_at(operations, "indeterminate"), 3);
    ck_assert_int_eq(count_at(operations, "failed"), 0);
    ck_assert_int_eq(count_at(operations, "resets"), 0);
    ck_assert_uint_eq(json_array_size(actors), 3);
    const json_t *first = json_array_get(actors, 0), *latency = at(first, "latency_ns");
    ck_assert_str_eq(text_at(first, "name"), "writer.0");
    ck_assert(json_is_false(at(first, "saboteur")) && json_is_false(at(first, "retired")));
    ck_assert(json_is_true(at(json_array_get(actors, 1), "retired")));
    ck_assert(json_is_true(at(json_array_get(actors, 2), "saboteur")));
    ck_assert_int_eq(count_at(first, "counted"), 10);
    ck_assert_int_eq(count_at(first, "uncounted"), 0);
    ck_assert_int_eq(count_at(first, "failed"), 0);
    ck_assert_int_eq(count_at(first, "resets"), 0);
    ck_assert_int_eq(count_at(first, "indeterminate"), 3);
    ck_assert_int_eq(count_at(first, "restarts"), 3);
    ck_assert_int_eq(count_at(json_array_get(actors, 1), "restarts"), 0);
    ck_assert_double_eq(json_real_value(at(first, "rate_per_s")), 1);
    ck_assert_int_ge(count_at(latency, "p50"), 50000);
    ck_assert_int_le(count_at(latency, "p50"), 53000);
    ck_assert_int_ge(count_at(latency, "p90"), 90000);
    ck_assert_int_ge(count_at(latency, "p99"), count_at(latency, "p90"));
    ck_assert_int_ge(count_at(latency, "p999"), count_at(latency, "p99"));
    ck_assert_int_ge(count_at(latency, "max"), 100000);
    ck_assert_int_eq(count_at(json_array_get(at(result, "types"), 0), "actors"), 2);
    ck_assert_int_eq(count_at(json_array_get(at(result, "types"), 0), "counted"), 20);
}

static void check_findings(const json_t *result)
{
    const json_t *findings = at(result, "findings");
    ck_assert_uint_eq(json_array_size(findings), 2);
    const json_t *one = json_array_get(findings, 0), *first = at(one, "first");
    ck_assert_int_eq(count_at(one, "id"), 1);
    ck_assert_str_eq(text_at(one, "kind"), "failure");
    ck_assert_str_eq(text_at(one, "actor"), "writer.0");
    ck_assert_str_eq(text_at(one, "action"), "put");
    ck_assert_str_eq(text_at(one, "title"), "lost row 1");
    ck_assert_int_eq(count_at(one, "count"), 3);
    ck_assert_int_eq(count_at(first, "generation"), 3);
    ck_assert_int_eq(count_at(first, "operation"), 42);
    ck_assert_str_eq(text_at(first, "seed"), "0xfedcba9876543210");
    ck_assert(json_real_value(at(first, "time_s")) >= 10);
    ck_assert_int_eq(count_at(at(one, "last"), "generation"), 3);
    ck_assert(json_real_value(at(at(one, "last"), "time_s")) >= 10);
    ck_assert_str_eq(text_at(one, "directory"), "findings/0001-failure-put-writer");
}

START_TEST(result_read_back)
{
    struct error error;
    struct rundir rundir;
    struct record record;
    fixture_finished(&record, 2);
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    fixture_result(&rundir, &record);
    ck_assert(!rundir.failed);
    json_t *result = json_load_file("run/result.json", 0, NULL);
    ck_assert_ptr_nonnull(result);
    check_identity(result);
    check_actors(result);
    check_findings(result);
    json_decref(result);
    rundir_close(&rundir);
    record_free(&record);
}
END_TEST

START_TEST(result_under_way)
{
    struct record record;
    fixture_record(&record, 1);
    json_t *result = record_result(&record);
    ck_assert(json_is_false(at(result, "complete")));
    ck_assert(json_is_null(at(result, "verdict")));
    ck_assert(json_is_null(at(at(result, "operations"), "target")));
    json_decref(result);
    record.workload = "\xff\xfe"; /* not UTF-8: still a result */
    record.control.header = NULL;
    result = record_result(&record);
    ck_assert_str_eq(text_at(result, "workload"), "??");
    ck_assert_uint_eq(json_array_size(at(result, "actors")), 0);
    json_decref(result);
}
END_TEST

/* ---- text -------------------------------------------------------------------------------- */

static char *text_of(const json_t *result)
{
    static char text[65536];
    memset(text, 0, sizeof text);
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    ck_assert_ptr_nonnull(out);
    report_text(out, result, false, 80);
    fclose(out);
    return text;
}

static unsigned lines_with(const char *text, const char *begin_of_line)
{
    unsigned n = 0;
    for (const char *line = text; line; line = strchr(line, '\n'))
        n += strncmp(line += *line == '\n', begin_of_line, strlen(begin_of_line)) == 0;
    return n;
}

START_TEST(text_for_people)
{
    struct record record;
    fixture_finished(&record, _i == 0 ? 2 : 17);
    json_t *result = record_result(&record);
    char *text = text_of(result);
    ck_assert_uint_eq(lines_with(text, "verdict: "), 1);
    ck_assert_uint_eq(lines_with(text, "verdict: failed"), 1);
    ck_assert(_i == 1 || strstr(text, "operations: 30 of 1000 counted, 0 uncounted, 0 failed, "
                                      "0 reset, 3 indeterminate\n"));
    if (_i == 0)
        ck_assert_ptr_nonnull(strstr(text, "\n  writer.0                  10         0        0"
                                           "       0             3 3\n"));
    ck_assert_ptr_nonnull(strstr(text, "seed 0xfedcba9876543210"));
    ck_assert_ptr_nonnull(strstr(text, "  3x failure: lost row 1\n"));
    ck_assert_ptr_nonnull(strstr(text, "findings/0001-failure-put-writer\n"));
    ck_assert(strstr(text, "lost row") < strstr(text, "red?verdict"));
    ck_assert_ptr_null(strchr(text, '\033'));
    ck_assert_ptr_nonnull(strstr(text, "saboteurs: killer\n"));
    ck_assert_ptr_nonnull(strstr(text, "given up: writer.1\n"));
    ck_assert(!strstr(text, "writer x17") == (_i == 0));
    ck_assert(!strstr(text, "  writer.1 ") == (_i == 1));
    for (char *rest, *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        ck_assert_msg(strlen(line) <= 80, "%s", line);
    json_decref(result);
    record_free(&record);
}
END_TEST

/* The reason is often at the end. */
START_TEST(long_text_is_whole)
{
    struct record record;
    char title[600] = "";
    bool is_new;
    for (int i = 0; i < 100; i++)
        strcat(title, "\xc3\xa4");
    strcat(title, ": what is too long for a line: why");
    fixture_record(&record, 1);
    fixture_finish(&record);
    memset(record.definition.types[0].name, 'w', TEXT_NAME - 1);
    struct wire_finding finding = fixture_finding(FINDING_FAILURE, title);
    record_add_finding(&record, &finding, &is_new);
    json_t *result = record_result(&record);
    char *text = text_of(result), *rest, *line;
    ck_assert_ptr_nonnull(strstr(text, "\n     \xc3\xa4"));
    ck_assert_ptr_nonnull(strstr(text, "why\n"));
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        size_t columns = 0;
        for (const char *c = line; *c; c++)
            columns += ((unsigned char)*c & 0xc0) != 0x80;
        ck_assert_msg(columns <= 80, "%s", line);
    }
    json_decref(result);
    record_free(&record);
}
END_TEST

/* A forged result.json: no crash, and still one verdict line. */
START_TEST(text_of_anything)
{
    static const char *const results[] = {
        "{}", "[]", "{\"verdict\": 5}", "{\"verdict\": \"passed\\nverdict: failed\"}",
        ("{\"verdict\": \"passed\", \"actors\": [1, {}, {\"name\": 3}], \"types\": ["
         "{\"actors\": -1}, {\"name\": \"w\", \"actors\": 9223372036854775807,"
         " \"rate_per_s\": 1e308}, 7]}"),
        "{\"verdict\": \"passed\", \"findings\": [1, {}, {\"count\": -5}, {\"first\": 3}]}",
        ("{\"verdict\": \"passed\", \"duration_s\": 1e300, \"resets\": 5, \"reset_time\": [],"
         " \"operations\": {\"target\": 1e9}}"),
    };
    for (unsigned i = 0; i < sizeof results / sizeof results[0]; i++) {
        json_t *result = json_loads(results[i], 0, NULL);
        ck_assert_ptr_nonnull(result);
        ck_assert_msg(lines_with(text_of(result), "verdict: ") == 1, "%s", results[i]);
        json_decref(result);
    }
}
END_TEST

/* ---- of a directory ---------------------------------------------------------------------- */

START_TEST(from_events)
{
    struct rundir rundir;
    struct record record;
    struct error error;
    int status;
    fixture_cut_off(&rundir, &record);
    char *text = fixture_report(OPTIONS_TEXT, &status, &error);
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_nonnull(strstr(text, "incomplete: the run was cut off"));
    ck_assert_uint_eq(lines_with(text, "verdict: interrupted"), 1);
    ck_assert_ptr_nonnull(strstr(text, "operations: 500 of 1000 counted, 4 uncounted, "
                                       "3 failed, 2 indeterminate\n"));
    ck_assert_ptr_nonnull(strstr(text, "seed 0xfedc\n"));
    ck_assert_ptr_nonnull(strstr(text, "generations: 2  resets: 1 (250 ms in all"));
    ck_assert_ptr_nonnull(strstr(text, "  7x failure: lost row 1\n"));
    json_t *result = json_loads(fixture_report(OPTIONS_JSON, &status, &error), 0, NULL);
    ck_assert_int_eq(status, 0);
    ck_assert(json_is_false(at(result, "complete")));
    ck_assert_int_eq(count_at(at(result, "operations"), "counted"), 500);
    ck_assert_int_eq(count_at(result, "skipped_lines"), 0);
    ck_assert_str_eq(text_at(json_array_get(at(result, "findings"), 0), "directory"),
                     "findings/0001-failure-put-writer");
    json_decref(result);
    record_free(&record);
}
END_TEST

START_TEST(cut_at_every_byte)
{
    struct rundir rundir;
    struct record record;
    struct error error = { .text = "" };
    struct stat whole;
    int status;
    fixture_cut_off(&rundir, &record);
    ck_assert_int_eq(stat("run/events.jsonl", &whole), 0);
    for (off_t size = whole.st_size; size-- > 0;) {
        ck_assert_int_eq(truncate("run/events.jsonl", size), 0);
        char *text = fixture_report(OPTIONS_TEXT, &status, &error);
        ck_assert_msg(status == 0, "%ld: %s", (long)size, error.text);
        ck_assert_msg(lines_with(text, "verdict: interrupted") == 1, "%ld: %s", (long)size, text);
    }
    record_free(&record);
}
END_TEST

/* A result.json that was cut off, as in an unfinished copy, counts as missing. */
START_TEST(result_cut_at_every_byte)
{
    struct rundir rundir;
    struct record record;
    struct error error = { .text = "" };
    struct stat whole;
    int status;
    fixture_finished(&record, 2);
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    fixture_events(&rundir, &record);
    fixture_result(&rundir, &record);
    rundir_close(&rundir);
    char *report = fixture_report(OPTIONS_TEXT, &status, &error);
    ck_assert_uint_eq(lines_with(report, "verdict: failed"), 1);
    ck_assert_int_eq(stat("run/result.json", &whole), 0);
    for (off_t size = whole.st_size - 2; size >= 0; size -= 7) { /* the last byte is a newline */
        ck_assert_int_eq(truncate("run/result.json", size), 0);
        char *text = fixture_report(OPTIONS_TEXT, &status, &error);
        ck_assert_int_eq(status, 0);
        ck_assert_uint_eq(lines_with(text, "verdict: interrupted"), 1);
    }
    record_free(&record);
}
END_TEST

static void append(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "a");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

START_TEST(garbage_is_counted)
{
    static const char garbage[] = "not json\n\0\0\xff\n{\"event\": 5}\n[]\n\n"
                                  "{\"event\":\"alive\",\"counted\":\"x\",\"resets\":-4}\n"
                                  "{\"event\":\"finding\",\"id\":[],\"title\":9}\n";
    struct rundir rundir;
    struct record record;
    struct error error;
    int status;
    fixture_cut_off(&rundir, &record);
    append("run/events.jsonl", garbage, sizeof garbage - 1);
    json_t *result = json_loads(fixture_report(OPTIONS_JSON, &status, &error), 0, NULL);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(count_at(result, "skipped_lines"), 5);
    ck_assert_int_eq(count_at(at(result, "operations"), "counted"), 500);
    ck_assert_ptr_nonnull(strstr(text_at(result, "reason"), "unreadable lines"));
    json_decref(result);
    record_free(&record);
}
END_TEST

START_TEST(no_run_directory)
{
    struct error error = { .text = "" };
    int status;
    fixture_report(OPTIONS_TEXT, &status, &error);
    ck_assert_int_eq(status, 2);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot open run directory 'run'"));
    mkdir("run", 0777);
    fixture_report(OPTIONS_TEXT, &status, &error);
    ck_assert_int_eq(status, 2);
    ck_assert_ptr_nonnull(strstr(error.text, "'run' is not a run directory"));
    ck_assert_int_eq(mkfifo("run/events.jsonl", 0666), 0); /* must not block */
    mkdir("run/result.json", 0777);
    fixture_report(OPTIONS_TEXT, &status, &error);
    ck_assert_int_eq(status, 2);
}
END_TEST

/* ---- list -------------------------------------------------------------------------------- */

START_TEST(list)
{
    static char text[8192];
    struct definition definition;
    fixture_define(&definition, 3);
    definition.global_size = 4096;
    for (int format = OPTIONS_TEXT; format <= OPTIONS_JSON; format++) {
        memset(text, 0, sizeof text);
        FILE *out = fmemopen(text, sizeof text - 1, "w");
        report_list(out, &definition, (enum options_format)format);
        fclose(out);
        if (format == OPTIONS_TEXT) {
            ck_assert_ptr_nonnull(strstr(text, "environment store: 4096 bytes of global state\n"));
            ck_assert_ptr_nonnull(strstr(text, "actor writer: 3\n"));
            ck_assert_ptr_nonnull(strstr(text, "actor killer: 1, saboteur\n"));
            ck_assert_ptr_nonnull(strstr(text, "put"));
            ck_assert_ptr_nonnull(strstr(text, "50.0 %"));
            continue;
        }
        json_t *json = json_loads(text, 0, NULL);
        const json_t *writer = json_array_get(at(json, "actors"), 0);
        ck_assert_str_eq(text_at(writer, "name"), "writer");
        ck_assert_int_eq(count_at(writer, "count"), 3);
        ck_assert_uint_eq(json_array_size(at(writer, "actions")), 2);
        json_decref(json);
    }
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *test = tcase_create("report");
    tcase_set_timeout(test, 60);
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, result_read_back);
    tcase_add_test(test, result_under_way);
    tcase_add_loop_test(test, text_for_people, 0, 2);
    tcase_add_test(test, long_text_is_whole);
    tcase_add_test(test, text_of_anything);
    tcase_add_test(test, from_events);
    tcase_add_test(test, cut_at_every_byte);
    tcase_add_test(test, result_cut_at_every_byte);
    tcase_add_test(test, garbage_is_counted);
    tcase_add_test(test, no_run_directory);
    tcase_add_test(test, list);
    suite_add_tcase(suite, test);
    return suite;
}
