/* SPDX-License-Identifier: MIT
 * record_fixture.h: a record of a made-up run, for the tests of record, rundir and report: an
 * environment "store" with writers (actions put and get) and one saboteur "killer".
 */
#ifndef TESTS_RECORD_FIXTURE_H
#define TESTS_RECORD_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/record.h"
#include "rundir/rundir.h"

static inline void fixture_define(struct definition *definition, uint32_t writers)
{
    memset(definition, 0, sizeof *definition);
    snprintf(definition->name, TEXT_NAME, "store");
    definition->n_types = 2;
    struct definition_type *writer = &definition->types[0], *killer = &definition->types[1];
    snprintf(writer->name, TEXT_NAME, "writer");
    writer->count = writers;
    writer->n_actions = 2;
    snprintf(writer->actions[0].name, TEXT_NAME, "put");
    snprintf(writer->actions[1].name, TEXT_NAME, "get");
    writer->actions[0].weight = writer->actions[1].weight = 1;
    snprintf(killer->name, TEXT_NAME, "killer");
    killer->count = killer->n_actions = killer->saboteur = 1;
    snprintf(killer->actions[0].name, TEXT_NAME, "killer");
    killer->actions[0].weight = 1;
}

/* Makes the record. Its control memory is writable, so that a test can act as supervisor and
 * runner. */
static inline void fixture_record(struct record *record, uint32_t writers)
{
    struct error error;
    struct layout_plan plan;
    record_init(record);
    fixture_define(&record->definition, writers);
    record->workload = "./store";
    record->seed = UINT64_C(0xfedcba9876543210);
    record->started_ns = clock_now() - 10 * CLOCK_SECOND;
    record->started_unix = 1700000000;
    layout_plan(writers + 1, (uint64_t)sysconf(_SC_PAGESIZE), &plan);
    int fd = memory_create("test", plan.size, &error);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(control_format(fd, &record->definition, record->seed, false, 0, &error), 0);
    record->control.size = plan.size;
    record->control.header = memory_map(fd, plan.size, true, 0, &error);
    ck_assert_ptr_nonnull(record->control.header);
    ck_assert_int_eq(control_check(&record->control, &record->definition, &error), 0);
    close(fd);
}

/* Ends the run, in which all actors have performed. */
static inline void fixture_finish(struct record *record)
{
    for (uint32_t i = 0; i < definition_actors(&record->definition); i++) {
        struct layout_ledger *ledger = control_ledger(&record->control, i);
        ledger->starts = 1;
        ledger->counted = 10;
    }
    record->done = true;
    record->end = WIRE_END_TARGET;
    record->ended_ns = record->started_ns + 10 * CLOCK_SECOND;
}

static inline struct wire_finding fixture_finding(enum wire_finding_kind kind, const char *title)
{
    struct wire_finding finding = { .kind = kind, .generation = 3, .operation = 42 };
    snprintf(finding.title, sizeof finding.title, "%s", title);
    snprintf(finding.action, sizeof finding.action, "put");
    return finding;
}

/* Makes a new directory below TMPDIR, and changes to it. */
static inline void fixture_directory(char path[256])
{
    const char *temporary = getenv("TMPDIR");
    snprintf(path, 256, "%s/stress-unit-XXXXXX", temporary ? temporary : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(path));
    ck_assert_int_eq(chdir(path), 0);
}

/* Writes result.json. */
static inline void fixture_result(struct rundir *rundir, const struct record *record)
{
    json_t *result = record_result(record);
    rundir_result(rundir, result);
    json_decref(result);
}

#endif
