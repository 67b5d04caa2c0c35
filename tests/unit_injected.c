/* SPDX-License-Identifier: MIT
 * unit_injected.c: which faults belong to a finding, and the JSON of each.
 */
#include <sys/syscall.h>

#include "record/injected.h"
#include "rundir/finding_replay.h"
#include "record_fixture.h"
#include "unit.h"

enum { BEGUN = 1000 };

static struct record record;

/* Fault number n came at BEGUN + n. */
static void set_up(void)
{
    struct rule rule;
    struct error error;
    fixture_record(&record, 2);
    ck_assert_int_eq(rule_parse("write:kill", &rule, &error), 0);
    int fd = share_create(&rule, 1, NULL, 7, &record.definition, &record.share, &error);
    ck_assert_msg(fd >= 0, "%s", error.text);
    close(fd);
    atomic_store(&record.control.header->begun_ns, BEGUN + 40);
    for (uint32_t i = 0; i < 50; i++)
        record.share->events[i] = (struct share_event){
            .at_ns = BEGUN + i,
            .call = { .whose = RULE_OF_ACTOR, .index = 1, .action = 1, .operation = i,
                      .number = SYS_write, .path = "/data" } };
    atomic_store(&record.share->n_events, 50);
}

static void tear_down(void)
{
    record_free(&record);
}

static const struct {
    uint64_t begun, found, first, n;
} rows[] = {
    { BEGUN + 10, BEGUN + 19, 10, 10 }, /* reported after the next generation had faults */
    { BEGUN + 10, BEGUN + 39, 24, 16 },
    { BEGUN + 10, BEGUN + 9, 0, 0 },
    { BEGUN + 45, UINT64_MAX, 45, 5 },
    { BEGUN + 60, BEGUN + 70, 0, 0 },
    { 0, 0, 40, 10 }, /* the supervisor did not tell */
};

START_TEST(of_its_generation)
{
    const struct wire_finding finding = { .begun_ns = rows[_i].begun, .found_ns = rows[_i].found };
    json_t *list = injected_before(&record, &finding);
    ck_assert_uint_eq(json_array_size(list), rows[_i].n);
    for (size_t i = 0; i < rows[_i].n; i++)
        ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(list, i), "operation")),
                         (json_int_t)(rows[_i].first + i));
    json_decref(list);
}
END_TEST

/* The operations of the replay file began at BEGUN + 10. */
START_TEST(in_the_replay_file)
{
    struct record_finding finding = { .first = { .begun_ns = BEGUN + 10,
                                                 .found_ns = BEGUN + 19 } };
    struct error error;
    char *text = NULL;
    size_t size = 0;
    if (_i == 1)
        finding.first = (struct wire_finding){ .begun_ns = BEGUN, .found_ns = BEGUN + 19,
                                               .order = { .known = 1, .since_ns = BEGUN + 10 } };
    FILE *out = open_memstream(&text, &size);
    ck_assert_int_eq(rundir_replay(out, &record, &finding, &error), 0);
    fclose(out);
    for (unsigned i = 0; i < 50; i++) {
        char line[128];
        snprintf(line, sizeof line, "\ninject: write:kill:when=0:actor=writer.1:operation=%u\n", i);
        ck_assert_msg((strstr(text, line) != NULL) == (i >= 10 && i < 20), "%u in %s", i, text);
    }
    free(text);
}
END_TEST

START_TEST(nothing_is_injected)
{
    const struct wire_finding finding = { .begun_ns = 0 };
    struct share *share = record.share;
    record.share = NULL;
    json_t *list = injected_before(&record, &finding);
    ck_assert(json_is_array(list) && json_array_size(list) == 0);
    json_decref(list);
    record.share = share;
}
END_TEST

static const struct {
    struct share_call call;
    const char *text;
} calls[] = {
    { { .whose = RULE_OF_ACTOR, .index = 1, .action = 1, .operation = 8, .number = SYS_write,
        .path = "/data" },
      "{\"rule\": \"write:kill\", \"actor\": \"writer.1\", \"action\": \"get\","
      " \"operation\": 8, \"call\": \"write\", \"path\": \"/data\"}" },
    { { .whose = RULE_OF_SERVER, .operation = RULE_ANY, .number = SYS_fsync, .server = "store" },
      "{\"rule\": \"write:kill\", \"server\": \"store\", \"call\": \"fsync\"}" },
    { { .whose = RULE_OF_HOOK, .operation = RULE_ANY, .number = SYS_write, .path = "a\033b" },
      "{\"rule\": \"write:kill\", \"hook\": \"reset\", \"call\": \"write\","
      " \"path\": \"a?b\"}" },
    { { .whose = RULE_OF_ACTOR, .type = 99, .action = 99, .operation = RULE_ANY,
        .number = SYS_write },
      "{\"rule\": \"write:kill\", \"call\": \"write\"}" },
};

START_TEST(what_is_said)
{
    const struct share_event event = { .rule = _i % 2 ? 0 : UINT32_MAX, .call = calls[_i].call };
    json_t *got = injected_json(&record, &event), *wanted = json_loads(calls[_i].text, 0, NULL);
    ck_assert_ptr_nonnull(wanted);
    char *text = json_dumps(got, 0);
    ck_assert_msg(json_equal(got, wanted), "%s", text);
    free(text);
    json_decref(got);
    json_decref(wanted);
}
END_TEST

Suite *injected_suite(void)
{
    Suite *suite = suite_create("injected");
    TCase *test = tcase_create("injected");
    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_loop_test(test, of_its_generation, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(test, in_the_replay_file, 0, 2);
    tcase_add_test(test, nothing_is_injected);
    tcase_add_loop_test(test, what_is_said, 0, sizeof calls / sizeof calls[0]);
    suite_add_tcase(suite, test);
    return suite;
}
