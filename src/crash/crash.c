/* SPDX-License-Identifier: MIT
 * crash.c: the steps of `crash`: the clean run, the plan, the runs in parallel, the report. Nothing
 * else in this folder waits.
 */
#include "crash/crash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "crash/address.h"
#include "crash/points.h"
#include "crash/table.h"
#include "crash/worker.h"
#include "rundir/rundir.h"

/* A worker that gets SIGTERM lets the current operations end, then ends its run. */
static const struct job_step crash_steps[] = {
    { SIGTERM, false, CLOCK_NEVER },
    { SIGTERM, false, CLOCK_NEVER },
    { SIGKILL, false, CLOCK_NEVER },
};

/* A worker and its current task. */
struct worker {
    struct job job;
    bool busy;
    size_t which;
    unsigned tries;
    bool lists;   /* it lists the points of a reset; else it tries a case */
    struct share_points *points;
};

/* ---- the outcome of a run ---------------------------------------------------------------- */

/* Replaces the verdict of a case. */
static void settle(struct crash *crash, size_t which, enum crash_verdict verdict, uint32_t kind,
                   const char *title)
{
    struct crash_case *entry = &crash->cases[which];
    crash->totals[entry->verdict]--;
    crash->totals[verdict]++;
    entry->verdict = verdict;
    entry->kind = kind;
    free(entry->title);
    entry->title = NULL;
    if (title && *title && asprintf(&entry->title, "%s", title) < 0)
        entry->title = NULL; /* no memory: without a title */
}

/* Did each rule hit the intended call? A hit on another call of that number does not test this
 * point. */
static bool hit_the_point(const struct crash *crash, const struct crash_case *entry,
                          const struct session_result *result)
{
    const struct share_call *point = &crash->points->points[entry->point];
    return result->fired >= (entry->hook ? 2 : 1) && address_same(&result->hit[0], point) &&
           (!entry->hook || address_same(&result->hit[1], entry->hook));
}

/* Decides a case by the outcome of its run. A finding counts even if the fault was not reached.
 * Returns false if the case is to be tried again. */
static bool judge(struct crash *crash, const struct worker *worker,
                  const struct crash_outcome *outcome)
{
    const struct session_result *result = &outcome->result;
    if (!outcome->finished || (outcome->status != CLI_PASSED && outcome->status != CLI_FINDINGS)) {
        settle(crash, worker->which, CRASH_ERROR, 0,
               outcome->finished ? result->title : "its process died");
    } else if (result->n_findings > 0) {
        settle(crash, worker->which, CRASH_FINDING, result->kind, result->title);
    } else if (!hit_the_point(crash, &crash->cases[worker->which], result)) {
        if (worker->tries + 1 < CRASH_TRIES)
            return false;
        settle(crash, worker->which, CRASH_NOT_REACHED, 0, NULL);
    } else {
        settle(crash, worker->which, CRASH_OK, 0, NULL);
    }
    return true;
}

/* Judges a run that lists the points of the reset after a crash. It repeats a case that was ok. If
 * it ends otherwise this time, the case gets that verdict and its recovery is not tested. Returns
 * false if the run is to be repeated. */
static bool judge_listing(struct crash *crash, const struct worker *worker,
                          const struct crash_outcome *outcome)
{
    const struct share_call *point =
        &crash->points->points[crash->cases[worker->which].point];
    bool went_well = outcome->finished && outcome->status == CLI_PASSED &&
                     outcome->result.n_findings == 0;
    bool reached = went_well && address_same(&outcome->result.hit[0], point);
    if (!reached && worker->tries + 1 < CRASH_TRIES &&
        (went_well || !outcome->finished || outcome->status != CLI_FINDINGS))
        return false;
    if (went_well && !reached)
        settle(crash, worker->which, CRASH_NOT_REACHED, 0, "its reset could not be listed");
    else if (!went_well)
        judge(crash, worker, outcome);
    return true;
}

/* ---- in parallel ------------------------------------------------------------------------ */

struct pool {
    struct jobs jobs;
    struct worker workers[JOBS_MOST];
    unsigned n, busy;
    size_t next;      /* the next case to start */
    size_t next_list; /* the next case whose reset is listed */
    struct ticker ticker;
};

static int begin(struct crash *crash, struct pool *pool, struct worker *worker,
                 struct error *error)
{
    struct crash_task task = { .which = worker->which, .tries = worker->tries,
                               .lists = worker->lists };
    task.n = crash_rules(crash, &crash->cases[worker->which], task.rules);
    if (worker->lists)
        crash_record_rule(crash, RULE_OF_HOOK, &task.rules[task.n++]);
    if (!worker->points)
        worker->points = crash_points_new(CRASH_POINTS);
    if (!worker->points)
        return error_set(error, errno, "cannot prepare a run");
    atomic_store(&worker->points->n, 0);
    if (worker->job.pid == 0 &&
        crash_hire(crash, worker->points, &pool->jobs, &worker->job, error) < 0)
        return -1;
    worker->busy = true;
    pool->busy++;
    /* If the worker has died, reading from its socket will show it. */
    (void)!send(worker->job.socket, &task, sizeof task, MSG_NOSIGNAL);
    return 0;
}

/* Finds the next task, or returns false. Resets are listed only for cases that were ok. */
static bool next_job(struct crash *crash, struct pool *pool, struct worker *worker)
{
    worker->tries = 0;
    worker->lists = false;
    if (pool->next < crash->n_cases) {
        worker->which = pool->next++;
        return true;
    }
    for (; crash->options->recovery && pool->next_list < crash->n_cases; pool->next_list++) {
        struct crash_case *entry = &crash->cases[pool->next_list];
        bool kills = crash->faults[entry->fault].action != RULE_ERROR &&
                     crash->faults[entry->fault].action != RULE_SHORT;
        if (entry->hook || entry->listed || entry->verdict != CRASH_OK || !kills)
            continue;
        entry->listed = true;
        worker->which = pool->next_list;
        worker->lists = true;
        return true;
    }
    return false;
}

static int end(struct crash *crash, struct pool *pool, struct worker *worker,
               const struct crash_outcome *outcome, struct error *error)
{
    worker->busy = false;
    pool->busy--;
    bool done = worker->lists ? judge_listing(crash, worker, outcome)
                              : judge(crash, worker, outcome);
    if (done)
        return worker->lists && crash->cases[worker->which].verdict == CRASH_OK
                   ? crash_plan_recovery(crash, worker->which, worker->points, error) : 0;
    crash->repeated++;
    worker->tries++;
    return begin(crash, pool, worker, error);
}

/* `last`: leave the line on the terminal. */
static void say_progress(const struct crash *crash, struct ticker *ticker, bool last)
{
    char line[256];
    size_t done = crash->n_cases - crash->totals[CRASH_UNTRIED];
    double took = (double)(clock_now() - crash->started_ns + 1) / CLOCK_SECOND;
    snprintf(line, sizeof line, "%zu of %zu runs, %zu findings, %zu not reached, %.0f a second",
             done, crash->n_cases, crash->totals[CRASH_FINDING], crash->totals[CRASH_NOT_REACHED],
             (double)done / took);
    if (last && ticker->terminal)
        ticker_say(ticker, "%s", line);
    else if (!last && ticker_due(ticker))
        ticker_draw(ticker, false, "%s", line);
}

static int fill(struct crash *crash, struct pool *pool, struct error *error)
{
    for (unsigned i = 0; i < pool->n; i++) {
        struct worker *worker = &pool->workers[i];
        if (!worker->busy && next_job(crash, pool, worker) &&
            begin(crash, pool, worker, error) < 0)
            return -1;
    }
    return 0;
}

/* Receives one answer of a worker; a worker that died gives none. */
static int hear(struct crash *crash, struct pool *pool, struct worker *worker,
                struct error *error)
{
    struct crash_outcome outcome;
    ssize_t n;
    do
        n = recv(worker->job.socket, &outcome, sizeof outcome, 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof outcome) {
        outcome = (struct crash_outcome){ .finished = false };
        jobs_reap(&pool->jobs, &worker->job);
    }
    return worker->busy ? end(crash, pool, worker, &outcome, error) : 0;
}

static int run_all(struct crash *crash, struct error *error)
{
    const struct options_number *jobs = &crash->options->jobs;
    struct pool *pool = calloc(1, sizeof *pool);
    int result = 0;
    if (!pool)
        return error_set(error, ENOMEM, "cannot prepare the runs");
    pool->n = jobs->given ? (unsigned)jobs->value : 1;
    ticker_init(&pool->ticker, crash->options->verbosity < 0, 60 * CLOCK_SECOND);
    for (unsigned i = 0; i < pool->n; i++)
        pool->workers[i].job = (struct job){ .socket = -1, .deadline_ns = CLOCK_NEVER,
                                             .steps = crash_steps, .owner = &pool->workers[i] };
    while (result == 0 && !cli_stopped()) {
        result = fill(crash, pool, error);
        if (result < 0 || pool->busy == 0)
            break;
        struct job *job = jobs_wait(&pool->jobs, pool->ticker.next_ns);
        if (job)
            result = hear(crash, pool, job->owner, error);
        say_progress(crash, &pool->ticker, false);
    }
    if (result < 0 || cli_stopped())
        jobs_stop(&pool->jobs);
    jobs_finish(&pool->jobs);
    for (unsigned i = 0; i < pool->n; i++)
        crash_points_free(pool->workers[i].points);
    say_progress(crash, &pool->ticker, true);
    free(pool);
    return result;
}

/* ---- the clean run ---------------------------------------------------------------------- */

/* Returns 0, or -1 with `error` and, in *ret_status, the exit status. */
static int check_clean(struct crash *crash, const struct crash_clean *clean, int *ret_status,
                       struct error *error)
{
    const struct crash_outcome *outcome = &clean->outcome;
    uint64_t n = atomic_load(&crash->points->n);
    *ret_status = outcome->finished ? outcome->status : CLI_HARNESS;
    crash->definition = clean->definition;
    if (!crash->run.operations.given)
        crash->run.operations = (struct options_number){
            true, definition_target(&clean->definition, CRASH_OPERATIONS) };
    if (*ret_status == CLI_FINDINGS)
        return error_set(error, 0,
                         "the workload fails without any fault: %.300s (see %.300s/clean)",
                         outcome->result.title, crash->directory);
    if (*ret_status == CLI_SKIPPED)
        return error_set(error, 0, "skipped: %.600s", outcome->result.title);
    if (*ret_status == CLI_USAGE)
        return error_set(error, 0, "%.900s", outcome->result.title);
    if (*ret_status != CLI_PASSED)
        return error_set(error, 0, "the run without faults did not finish: %.500s (see "
                                   "%.300s/messages)", outcome->result.title, crash->directory);
    *ret_status = CLI_USAGE;
    if (n > crash->points->room)
        return error_set(error, 0, "%" PRIu64 " points are too many: at most %d; lower "
                                   "--operations, or narrow --calls", n, CRASH_POINTS);
    if (n == 0)
        return error_set(error, 0, "no call that matches was made, so there is no point to crash "
                                   "at: see --calls");
    crash->n_points = (uint32_t)n;
    crash->doubts = outcome->result.doubts;
    return 0;
}

static int run_clean(struct crash *crash, int *ret_status, struct error *error)
{
    struct crash_clean *clean = mmap(NULL, sizeof *clean, PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct job job = { .steps = crash_steps, .socket = -1, .deadline_ns = CLOCK_NEVER };
    struct jobs jobs = { .n = 0 };
    int result = -1;
    *ret_status = CLI_HARNESS;
    crash->points = crash_points_new(CRASH_POINTS);
    if (clean == MAP_FAILED || !crash->points)
        return error_set(error, errno, "cannot prepare the run without faults");
    if (crash_start_clean(crash, clean, &jobs, &job, error) == 0) {
        jobs_finish(&jobs);
        result = check_clean(crash, clean, ret_status, error);
    }
    munmap(clean, sizeof *clean);
    return result;
}

/* ---- the whole -------------------------------------------------------------------------- */

static int make_directory(struct crash *crash, struct error *error)
{
    char path[4200];
    if (rundir_make(crash->options->output, crash->subject->name, crash->seed, crash->directory,
                    error) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/points", crash->directory);
    if (mkdir(path, 0777) < 0)
        return error_set(error, errno, "cannot make %s", path);
    return 0;
}

/* Removes the directory of a workload that could not be run; others are not empty, so rmdir()
 * fails. */
static void discard(const struct crash *crash)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/points", crash->directory);
    bool nothing = rmdir(path) == 0;
    snprintf(path, sizeof path, "%s/clean", crash->directory);
    if (!nothing || access(path, F_OK) == 0)
        return;
    snprintf(path, sizeof path, "%s/messages", crash->directory);
    unlink(path);
    rmdir(crash->directory);
}

/* The run without faults showed something else than points; or a signal came. Returns what to exit
 * with. */
static int end_early(struct crash *crash, int status, struct error *error)
{
    struct error ignored;
    discard(crash);
    if (cli_stopped()) {
        status = CLI_SIGNAL + cli_stopped();
        error_set(error, 0, "ended by signal %d during the run without faults: no point was tried",
                  cli_stopped());
    }
    crash_write_early(crash, status, error->text, &ignored); /* without it, `clean` has its own */
    return cli_complain(error, status);
}

/* A plain command is one operation; for other workloads the clean run finds their number. */
static void fix_options(struct crash *crash)
{
    struct options *run = &crash->run;
    *run = *crash->options;
    run->schedule = OPTIONS_SERIAL;
    run->seed = (struct options_number){ true, crash->seed };
    run->time_limit = (struct options_number){ true, 0 };
    run->verbosity = -1;
    if (crash->subject->kind == SUBJECT_COMMAND && !run->actors.given)
        run->actors = (struct options_number){ true, 1 }; /* as its host sets it */
    if (run->operations.value == 0)
        run->operations = (struct options_number){ crash->subject->kind == SUBJECT_COMMAND, 1 };
}

static int perform(struct crash *crash)
{
    struct error error;
    int status;
    if (crash_choose(crash, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    if (!crash->options->seed.given && random_seed_fresh(&crash->seed) < 0)
        return cli_complain(&(struct error){ .text = "cannot draw a seed" }, CLI_HARNESS);
    fix_options(crash);
    if (make_directory(crash, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    cli_catch_signals();
    if (run_clean(crash, &status, &error) < 0) {
        return end_early(crash, status, &error);
    }
    if (crash->options->verbosity >= 0)
        fprintf(stderr, "seed 0x%" PRIx64 ": %" PRIu32 " points, run directory %s\n", crash->seed,
                crash->n_points, crash->directory);
    if (crash_plan(crash, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    if (crash->n_cases == 0) { /* without a run, nothing has been tested */
        error_set(&error, 0, "no fault of --fault can be put at the %" PRIu32 " points: see "
                  "--calls and --fault", crash->n_points);
        return cli_complain(&error, CLI_USAGE);
    }
    if (run_all(crash, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    if (crash_write(crash, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    crash_print(crash);
    if (cli_flush(&error) < 0) { /* main() complains */
        snprintf(crash->unwritten, sizeof crash->unwritten, "%.255s", error.text);
        if (crash_write(crash, &error) < 0)
            return cli_complain(&error, CLI_HARNESS);
    }
    return crash_exit_status(crash);
}

int crash_run(const struct options *options, const struct subject *subject, char **argv)
{
    struct crash *crash = calloc(1, sizeof *crash);
    if (!crash)
        return cli_no_memory();
    crash->options = options;
    crash->subject = subject;
    crash->argv = argv;
    crash->seed = options->seed.value;
    crash->started_ns = clock_now();
    int status = perform(crash);
    for (size_t i = 0; i < crash->n_cases; i++) {
        free(crash->cases[i].hook);
        free(crash->cases[i].title);
    }
    free(crash->cases);
    free(crash->ordinals);
    crash_points_free(crash->points);
    free(crash);
    return status;
}
