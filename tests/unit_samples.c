/* SPDX-License-Identifier: MIT
 * unit_samples.c: samples of a simulated run, and the number of events that a run writes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "record/samples.h"
#include "report_fixture.h"
#include "unit.h"

static char top[256];
static struct samples samples;
static struct rundir rundir;
static struct record record;

static void begin(void)
{
    struct error error;
    fixture_directory(top);
    fixture_record(&record, 1);
    memset(&samples, 0, sizeof samples);
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
}

static void end(void)
{
    struct error error;
    samples_free(&samples);
    rundir_close(&rundir);
    record_free(&record);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(tree_remove(top, &error), 0);
}

/* The events as an array of objects. Each line must be one. */
static json_t *events(void)
{
    char *line = NULL;
    size_t size = 0;
    json_t *list = json_array();
    FILE *file = fopen("run/events.jsonl", "r");
    ck_assert_ptr_nonnull(file);
    for (ssize_t length; (length = getline(&line, &size, file)) >= 0;) {
        json_t *event = json_loadb(line, (size_t)length, 0, NULL);
        ck_assert_ptr_nonnull(event);
        json_array_append_new(list, event);
    }
    free(line);
    fclose(file);
    return list;
}

static json_int_t number(const json_t *event, const char *key)
{
    return json_integer_value(json_object_get(event, key));
}

/* As the session does. */
static void tick(bool last)
{
    json_t *fields = samples_tick(&samples, &record, last);
    if (fields)
        rundir_sample(&rundir, &record, fields);
}

/* Percentiles are of the operations since the last sample. */
START_TEST(intervals)
{
    struct layout_ledger *writer = control_ledger(&record.control, 0);
    struct layout_ledger *killer = control_ledger(&record.control, 1);
    writer->counted = 10;
    for (int i = 0; i < 10; i++)
        histogram_add(&writer->latency, 1000);
    for (int i = 0; i < 1000; i++)
        histogram_add(&killer->latency, 5000000);
    tick(true);
    tick(true);
    writer->counted = 30;
    for (int i = 0; i < 20; i++)
        histogram_add(&writer->latency, 80000);
    tick(true);
    json_t *list = events();
    ck_assert_uint_eq(json_array_size(list), 3);
    const json_t *first = json_array_get(list, 0), *last = json_array_get(list, 2);
    ck_assert_int_eq(number(first, "counted"), 10);
    ck_assert_int_le(number(first, "p999"), 1100); /* without the saboteur's */
    ck_assert_int_ge(number(first, "p50"), 1000);
    ck_assert_ptr_null(json_object_get(json_array_get(list, 1), "p50"));
    ck_assert_int_eq(number(last, "counted"), 30);
    ck_assert_int_ge(number(last, "p50"), 80000);
    json_decref(list);
}
END_TEST

/* Of thousands of busy actors only the last sample has latencies; the counts are in all. */
START_TEST(busy_actors)
{
    for (int busy = 0; busy < 2; busy++) {
        record_free(&record);
        fixture_record(&record, DEFINITION_ACTORS - 1);
        record.definition.types[0].delay_most_ms = !busy;
        control_ledger(&record.control, 0)->counted = 1;
        histogram_add(&control_ledger(&record.control, 0)->latency, 1000);
        memset(&samples, 0, sizeof samples);
        samples.next_ns = 1; /* due */
        json_t *early = samples_tick(&samples, &record, false);
        json_t *late = samples_tick(&samples, &record, true);
        ck_assert_int_eq(number(early, "counted"), 1);
        ck_assert_int_eq(json_object_get(early, "p50") != NULL, !busy);
        ck_assert_int_eq(json_object_get(late, "p50") != NULL, busy);
        json_decref(early);
        json_decref(late);
    }
}
END_TEST

START_TEST(spacing_doubles)
{
    uint64_t spacing = 0;
    for (unsigned i = 0; i < SAMPLES_ROUND; i++) {
        spacing = samples.spacing_ns;
        tick(true);
        if (i == 0) /* how long one takes is not for a test */
            samples.spacing_ns = 3600 * CLOCK_SECOND;
    }
    ck_assert_uint_eq(samples.spacing_ns, 2 * spacing);
    ck_assert_uint_gt(samples_deadline(&samples), clock_now());
    tick(false); /* not yet */
    ck_assert_uint_eq(samples.taken, SAMPLES_ROUND);
}
END_TEST

static void perform(struct layout_slot *slot, uint64_t index, uint32_t action, uint32_t outcome)
{
    slot->ring[index % LAYOUT_RING] = (struct layout_operation){
        .index = index, .started_ns = clock_now() - 1000000, .duration_ns = 5000,
        .action = action, .outcome = outcome
    };
    atomic_store(&slot->ended, index + 1);
}

/* Each operation that is in the ring is seen once. */
START_TEST(actions)
{
    struct layout_slot *slot = control_slot(&record.control, 0);
    atomic_store(&control_ledger(&record.control, 0)->pid, 4711);
    for (uint64_t i = 0; i < 10; i++)
        perform(slot, i, 1, STRESS_OK);
    tick(true);
    for (uint64_t i = 10; i < 100; i++)
        perform(slot, i, i % 2, STRESS_UNCOUNTED);
    slot->ring[99 % LAYOUT_RING].action = 7; /* there is no such action */
    tick(true);
    tick(true);
    json_t *list = samples_actions(&samples, &record.definition);
    ck_assert_uint_eq(json_array_size(list), 2);
    const json_t *put = json_array_get(list, 0), *get = json_array_get(list, 1);
    ck_assert_str_eq(json_string_value(json_object_get(put, "type")), "writer");
    ck_assert_str_eq(json_string_value(json_object_get(put, "action")), "put");
    ck_assert_int_eq(number(put, "seen"), 32);
    ck_assert_int_eq(number(get, "seen"), 10 + 31);
    ck_assert_int_eq(number(get, "counted"), 10);
    ck_assert_int_eq(number(get, "uncounted"), 31);
    ck_assert_int_ge(number(json_object_get(get, "latency_ns"), "p50"), 5000);
    json_decref(list);
}
END_TEST

/* Runners that are gone at the end: one ended all that it began, one died in its last operation. */
START_TEST(actions_of_the_dead)
{
    struct layout_slot *slot = control_slot(&record.control, 0);
    struct layout_ledger *ledger = control_ledger(&record.control, 0);
    for (uint64_t i = 0; i < 10; i++) { /* its slot counts from 0 */
        perform(slot, i, 1, STRESS_OK);
        slot->ring[i].index += 30;
    }
    atomic_store(&ledger->starts, 2);
    atomic_store(&ledger->settled, 2);
    atomic_store(&ledger->next_operation, 40 + (uint64_t)_i);
    samples.next_ns = 1; /* a sample is due, but the slot may soon be the next runner's */
    tick(false);
    ck_assert_uint_eq(samples.taken, 1);
    ck_assert_ptr_null(samples.actions[0][1]);
    tick(true);
    tick(true);
    ck_assert_ptr_nonnull(samples.actions[0][1]);
    ck_assert_uint_eq(samples.actions[0][1]->seen, 10);
    atomic_store(&slot->ended, UINT64_MAX); /* nonsense */
    tick(true);
    ck_assert_uint_eq(samples.actions[0][1]->seen, 10);
}
END_TEST

/* With any number of resets the file stays small, and its report correct. */
START_TEST(storm_of_resets)
{
    static const char *const names[] = { "reset", "generation", "server", "hook" };
    struct error error;
    struct stat status;
    int exit_status;
    for (uint64_t i = 0; i < 20000; i++) {
        for (unsigned n = 0; n < sizeof names / sizeof names[0]; n++)
            rundir_event(&rundir, &record, names[n], json_pack("{s:I}", "generation",
                                                               (json_int_t)i));
        record.generation = record.resets = i;
        record.reset_total_ns += CLOCK_MILLISECOND;
        if (i % 5000 == 0)
            tick(true);
    }
    tick(true);
    ck_assert_int_eq(stat("run/events.jsonl", &status), 0);
    ck_assert_int_lt(status.st_size, 600 * 1024);
    json_t *list = events();
    ck_assert_uint_le(json_array_size(list), 4 * (RUNDIR_EVENTS + 5) + 5);
    json_decref(list);
    json_t *result = json_loads(fixture_report(OPTIONS_JSON, &exit_status, &error), 0, NULL);
    ck_assert_int_eq(exit_status, 0);
    ck_assert_int_eq(number(result, "resets"), 19999);
    ck_assert_int_eq(number(result, "generations"), 20000);
    ck_assert_double_eq(json_real_value(json_object_get(json_object_get(result, "reset_time"),
                                                        "total_s")), 20);
    json_decref(result);
}
END_TEST

Suite *samples_suite(void)
{
    Suite *suite = suite_create("samples");
    TCase *test = tcase_create("samples");
    tcase_set_timeout(test, 60);
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, intervals);
    tcase_add_test(test, busy_actors);
    tcase_add_test(test, spacing_doubles);
    tcase_add_test(test, actions);
    tcase_add_loop_test(test, actions_of_the_dead, 0, 2);
    tcase_add_test(test, storm_of_resets);
    suite_add_tcase(suite, test);
    return suite;
}
