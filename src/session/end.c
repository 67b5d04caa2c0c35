/* SPDX-License-Identifier: MIT
 * end.c: see end.h.
 */
#include "session/end.h"

#include "session/state.h"

#include <stdio.h>

#include "base/base.h"
#include "format/format.h"
#include "report/report.h"
#include "session/cover.h"
#include "session/finding.h"
#include "session/injection.h"
#include "session/metrics.h"
#include "session/orders.h"
#include "session/progress.h"
#include "session/replay.h"
#include "session/start.h"

static const uint64_t session_sweep_ns = 5 * CLOCK_SECOND;

static int complain(const char *text)
{
    struct error error;
    error_set(&error, 0, "%s", text);
    return cli_complain(&error, CLI_HARNESS);
}

/* It takes room on the disk, so it is said with --quiet, too. */
static void warn_of_scratch(const struct error *why)
{
    struct error error;
    error_set(&error, 0, "cannot remove the scratch directory: %s", why->text);
    cli_complain(&error, CLI_PASSED);
}

static void sweep(struct session *session)
{
    int swept = sweep_children(NULL, 0, clock_now() + session_sweep_ns);
    if (swept > 0 && session->record.done)
        session->record.strays += (uint64_t)swept;
}

/* What only the end of a run shows: actors that starved, and then limits that were not kept. */
static void add_last(struct session *session)
{
    unsigned before = session->record.n_findings;
    record_add_starved(&session->record);
    limits_add(&session->record);
    if (session->episode_findings == 0 && session->record.n_findings > before)
        session->episode_first = session->record.findings[before].first;
    session->episode_findings += session->record.n_findings - before;
    for (unsigned i = before; i < session->record.n_findings; i++)
        session_publish(session, &session->record.findings[i]);
}

/* A file of the run directory that could not be written makes the run an error. */
static void notice_failed_writes(struct session *session)
{
    if (session->rundir.failed)
        session_fail(session, "%s", session->rundir.error.text);
}

/* finding.json has the count of the whole run. */
static void update_findings(struct session *session)
{
    for (unsigned i = 0; i < session->record.n_findings; i++)
        if (session->record.findings[i].count > 1)
            rundir_finding_update(&session->rundir, &session->record,
                                  &session->record.findings[i]);
}

static void end_event(struct session *session)
{
    const struct record *record = &session->record;
    json_t *fields = json_object();
    member_text(&fields, "verdict", record_verdict_text(record_verdict(record)));
    member_set(&fields, "exit_status", json_integer(record_exit_status(record)));
    member_text(&fields, "reason", record->reason);
    rundir_event(&session->rundir, record, "end", fields);
}

static void write_result(struct session *session)
{
    json_t *result = record_result(&session->record);
    rundir_result(&session->rundir, result);
    json_decref(result);
    notice_failed_writes(session);
}

static void print_table(const struct record *record)
{
    json_t *result = record_result(record);
    if (result)
        report_print(result);
    else
        cli_no_memory();
    json_decref(result);
}

/* Ends a refused run, a list, or a run that a signal ended before there was anything to report. */
static int finish_early(struct session *session)
{
    const struct record *record = &session->record;
    session_discard(session);
    if (session->refused)
        return CLI_USAGE;
    if (record->error)
        return complain(record->reason);
    return record->signal ? CLI_SIGNAL + record->signal : CLI_PASSED;
}

int session_finish(struct session *session)
{
    struct record *record = &session->record;
    struct error error;
    stacks_free(&session->stacks); /* first, so that its processes do not count as strays */
    sweep(session);
    if (session->list || session->refused || record->definition.n_types == 0)
        return finish_early(session);
    session_say_start(session);
    record->ended_ns = clock_now();
    session_injection_note(session);
    /* Runs with these ends are over before every actor had its turn. */
    if (record->end != WIRE_END_FAULT && record->end != WIRE_END_LIST)
        add_last(session);
    session_replay_say(session);
    session_finding_keep(session);
    session_uncover(session);
    if (session->options->keep != OPTIONS_KEEP_ALWAYS &&
        scratch_remove(&session->scratch, &error) < 0)
        warn_of_scratch(&error);
    session_sample(session, true);
    update_findings(session);
    history_close(&session->history, record, &session->rundir);
    notice_failed_writes(session);
    end_event(session);
    metrics_tick(&session->metrics, record, &session->rundir);
    notice_failed_writes(session);
    write_result(session);
    progress_end(&session->progress);
    if (record->error)
        complain(record->reason);
    if (!session->orders || !session->orders->silent)
        print_table(record); /* last: the record now has all failures to write */
    if (cli_flush(&error) < 0 && !record->error) { /* main() complains */
        session_fail(session, "%s", error.text);
        end_event(session);
        write_result(session);
    }
    return record_exit_status(record);
}
