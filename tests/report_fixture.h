/* SPDX-License-Identifier: MIT
 * report_fixture.h: run directories for the tests of report.
 */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include <fcntl.h>
#include <sys/stat.h>

#include "report/report.h"
#include "rundir/rundir.h"
#include "record_fixture.h"

/* The members that a result.json must have. Later ones of the same name win. */
#define FIXTURE_SOUND                                                                             \
    "\"schema\": 1, \"verdict\": \"failed\", \"exit_status\": 1, \"generations\": 1, "            \
    "\"resets\": 0, \"duration_s\": 1.5, \"operations\": {\"counted\": 7, \"uncounted\": 0, "     \
    "\"failed\": 0, \"indeterminate\": 0}, \"actors\": [], \"findings\": []"

/* A finished run with findings. */
static inline void fixture_finished(struct record *record, uint32_t writers)
{
    static const char *const titles[] = { "lost row 1", "\033[31mred\nverdict: passed",
                                          "lost row 2", "lost row 3" };
    bool is_new;
    fixture_record(record, writers);
    fixture_finish(record);
    record->generation = 2;
    record->resets = 2;
    record->reset_total_ns = 3 * CLOCK_SECOND;
    record->reset_max_ns = 2 * CLOCK_SECOND;
    record->supervisors = 1;
    record->target = 1000;
    for (int i = 0; i < 4; i++) {
        struct wire_finding finding = fixture_finding(FINDING_FAILURE, titles[i]);
        struct record_finding *entry = record_add_finding(record, &finding, &is_new);
        snprintf(entry->directory, sizeof entry->directory, "findings/%04u-failure-put-writer",
                 entry->id);
    }
    for (int i = 1; i <= 100; i++)
        histogram_add(&control_ledger(&record->control, 0)->latency, (uint64_t)i * 1000);
    control_ledger(&record->control, 0)->starts = 4;
    control_ledger(&record->control, 0)->indeterminate = 3;
    control_ledger(&record->control, 1)->retired = 1;
}

/* The output of report_directory(), which the caller frees, and its status. */
static inline char *fixture_report(enum options_format format, int *ret_status, struct error *error)
{
    static char text[65536];
    struct options options = { .command = OPTIONS_REPORT, .subject = "run", .format = format };
    fflush(stdout);
    int old = dup(STDOUT_FILENO), file = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(old, 0);
    ck_assert_int_ge(dup2(file, STDOUT_FILENO), 0);
    *ret_status = report_directory(&options, error);
    fflush(stdout);
    dup2(old, STDOUT_FILENO);
    close(old);
    ssize_t size = pread(file, text, sizeof text - 1, 0);
    close(file);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

static inline void fixture_events(struct rundir *rundir, struct record *record)
{
    rundir_event(rundir, record, "start",
                 json_pack("{s:s s:s s:s s:s s:i s:n}", "version", "0.1", "workload", "./store",
                           "environment", "store", "seed", "0xfedc", "target", 1000,
                           "time_limit_s"));
    rundir_event(rundir, record, "generation", json_pack("{s:i s:f}", "generation", 0, "reset_s",
                                                         0.0));
    rundir_finding(rundir, record, &record->findings[0], "", 0);
    rundir_event(rundir, record, "generation", json_pack("{s:i s:f}", "generation", 1, "reset_s",
                                                         0.25));
    rundir_event(rundir, record, "finding", json_pack("{s:i s:i}", "id", 1, "count", 7));
    rundir_event(rundir, record, "alive",
                 json_pack("{s:i s:i s:i s:i s:i s:i s:i}", "counted", 500, "uncounted", 4,
                           "failed", 3, "indeterminate", 2, "generation", 1, "resets", 1,
                           "findings", 1));
    rundir_event(rundir, record, "sample",
                 json_pack("{s:i s:i s:i s:f s:f s:i s:i s:i s:i}", "counted", 500, "resets", 1,
                           "generation", 1, "reset_s", 0.25, "reset_max_s", 0.25, "findings", 1,
                           "p50", 1000, "p99", 20000, "p999", 300000));
}

static inline void fixture_cut_off(struct rundir *rundir, struct record *record)
{
    struct error error;
    fixture_finished(record, 2);
    ck_assert_int_eq(rundir_create(rundir, "run", "w", 1, &error), 0);
    fixture_events(rundir, record);
    rundir_close(rundir);
}

#endif
