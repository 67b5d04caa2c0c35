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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "crash/address.h"
#include "crash/atomic.h"
#include "crash/fewest.h"
#include "crash/finding.h"
#include "crash/keep.h"
#include "crash/method.h"
#include "crash/place.h"
#include "crash/points.h"
#include "crash/recovery.h"
#include "crash/repair.h"
#include "crash/site.h"
#include "crash/states.h"
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
    bool lists;   /* it lists the points of a reset, or records it; else it tries a case */
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

/* Gives cases with the same state the verdict of the one that was judged. */
static void share_verdicts(struct crash *crash)
{
    for (size_t i = 0; i < crash->n_cases; i++) {
        const struct crash_case *judged = &crash->cases[crash->cases[i].same];
        if (crash->cases[i].same != i)
            settle(crash, i, judged->verdict, judged->kind, judged->title);
    }
}

/* Did each rule hit the intended call? A hit on another call of that number does not test this
 * point. */
static bool hit_the_point(const struct crash *crash, const struct crash_case *entry,
                          const struct session_result *result)
{
    const struct share_call *point = &crash->points->points[entry->point];
    if (crash_has_size(&crash->faults[entry->fault])) /* it may be full at any later call */
        return result->fired >= 1;
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
    } else if (!crash->by_states && !hit_the_point(crash, &crash->cases[worker->which], result)) {
        if (worker->tries + 1 < CRASH_TRIES)
            return false;
        const struct crash_case *entry = &crash->cases[worker->which];
        bool has_size = crash_has_size(&crash->faults[entry->fault]);
        settle(crash, worker->which, CRASH_NOT_REACHED, 0,
               has_size ? "the disk was never full: less was written" : NULL);
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
    size_t from;      /* the first case */
    uint64_t started_ns;
    size_t next;      /* the next case to start */
    size_t next_list; /* the next case whose reset is listed */
    const size_t *resets; /* of these cases the resets are recorded; NULL: cases are tried */
    size_t n_resets, next_reset;
    struct ticker ticker;
};

static int begin(struct crash *crash, struct pool *pool, struct worker *worker,
                 struct error *error)
{
    struct crash_task task = { .which = worker->which, .tries = worker->tries,
                               .lists = worker->lists };
    if (!crash->by_states)
        task.n = crash_rules(crash, &crash->cases[worker->which], task.rules);
    if (worker->lists)
        crash_record_rule(crash, RULE_OF_HOOK, &task.rules[task.n++]);
    if (!worker->points)
        worker->points = crash_points_new(CRASH_POINTS);
    if (!worker->points)
        return error_set(error, errno, "cannot prepare a run");
    atomic_store(&worker->points->n, 0);
    atomic_store(&worker->points->stored, 0);
    if (worker->job.pid == 0 &&
        crash_hire(crash, worker->points, &pool->jobs, &worker->job, error) < 0)
        return -1;
    worker->busy = true;
    pool->busy++;
    /* If the worker has died, reading from its socket will show it. */
    (void)!packet_send_bytes(worker->job.socket, &task, sizeof task, 0);
    return 0;
}

/* Finds the next task, or returns false. Resets are listed only for cases that were ok. */
static bool next_job(struct crash *crash, struct pool *pool, struct worker *worker)
{
    worker->tries = 0;
    worker->lists = pool->resets != NULL;
    if (pool->resets) {
        bool more = pool->next_reset < pool->n_resets && clock_now() < crash->deadline_ns;
        worker->which = more ? pool->resets[pool->next_reset++] : 0;
        return more;
    }
    while (pool->next < crash->n_cases && clock_now() < crash->deadline_ns) {
        worker->which = pool->next++;
        if (crash->by_states && crash->cases[worker->which].same != worker->which)
            continue;
        return true;
    }
    bool lists = crash->options->recovery && !crash->by_states;
    for (; lists && pool->next_list < crash->n_cases; pool->next_list++) {
        struct crash_case *entry = &crash->cases[pool->next_list];
        if (entry->verdict == CRASH_UNTRIED) /* another worker is at it */
            return false;
        bool kills = crash->faults[entry->fault].action != RULE_ERROR &&
                     crash->faults[entry->fault].action != RULE_SHORT &&
                     crash->faults[entry->fault].action != RULE_FULL;
        if (entry->hook || entry->listed || entry->verdict != CRASH_OK || !kills)
            continue;
        entry->listed = true;
        worker->which = pool->next_list;
        worker->lists = true;
        return true;
    }
    return false;
}

/* Takes in the reset of a state that was recorded. Without the recorder it went well: if it did not
 * with it, that is a doubt and no finding. */
static int end_recorded(struct crash *crash, struct pool *pool, struct worker *worker,
                        const struct crash_outcome *outcome, struct error *error)
{
    char directory[PATH_MAX + 64];
    if (outcome->finished && outcome->status == CLI_PASSED && outcome->result.n_findings == 0) {
        recovery_directory(crash, worker->which, directory, sizeof directory);
        return recovery_open(crash, worker->which, directory, error);
    }
    if (worker->tries + 1 < CRASH_TRIES) {
        worker->tries++;
        return begin(crash, pool, worker, error);
    }
    recovery_failed(crash, outcome->finished ? outcome->result.title : "its process died");
    return 0;
}

static int end(struct crash *crash, struct pool *pool, struct worker *worker,
               const struct crash_outcome *outcome, struct error *error)
{
    worker->busy = false;
    pool->busy--;
    if (pool->resets)
        return end_recorded(crash, pool, worker, outcome, error);
    bool done = worker->lists ? judge_listing(crash, worker, outcome)
                              : judge(crash, worker, outcome);
    if (done && !worker->lists && crash->n_findings == 0) /* not those that only shrink losses */
        crash_write_case(crash, worker->which);
    if (done)
        return worker->lists && crash->cases[worker->which].verdict == CRASH_OK
                   ? crash_plan_recovery(crash, worker->which, worker->points, error) : 0;
    crash->repeated++;
    worker->tries++;
    return begin(crash, pool, worker, error);
}

/* How many cases of the pool are there to run, and how many of them are done. */
static size_t count_done(const struct crash *crash, const struct pool *pool, size_t *ret_all)
{
    size_t done = 0;
    *ret_all = pool->n_resets;
    if (pool->resets)
        return pool->next_reset - pool->busy;
    for (size_t i = pool->from; i < crash->n_cases; i++) {
        bool judged = !crash->by_states || crash->cases[i].same == i;
        *ret_all += judged;
        done += judged && crash->cases[i].verdict != CRASH_UNTRIED;
    }
    return done;
}

/* `last`: leave the line on the terminal. */
static void say_progress(const struct crash *crash, struct pool *pool, bool last)
{
    char line[256], left[64] = "";
    size_t all, done;
    if (!(last && pool->ticker.terminal) && (last || !ticker_due(&pool->ticker)))
        return;
    done = count_done(crash, pool, &all);
    double took = (double)(clock_now() - pool->started_ns + 1) / CLOCK_SECOND;
    if (!last && done > 0)
        snprintf(left, sizeof left, ", %.0f s left", took / (double)done * (double)(all - done));
    snprintf(line, sizeof line, "%zu of %zu %s, %zu findings, %zu not reached, %.0f a second%s",
             done, all, pool->resets       ? "resets"
             : crash->by_states ? "states" : "runs",
             crash->totals[CRASH_FINDING],
             crash->totals[CRASH_NOT_REACHED], (double)done / took, left);
    if (last)
        ticker_say(&pool->ticker, "%s", line);
    else
        ticker_draw(&pool->ticker, false, "%s", line);
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

static int run_pool(struct crash *crash, struct pool *pool, struct error *error)
{
    int result = 0;
    pool->n = crash->workers;
    pool->started_ns = clock_now();
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
        say_progress(crash, pool, false);
    }
    if (result < 0 || cli_stopped())
        jobs_stop(&pool->jobs);
    jobs_finish(&pool->jobs);
    for (unsigned i = 0; i < pool->n; i++)
        crash_points_free(pool->workers[i].points);
    say_progress(crash, pool, true);
    return result;
}

/* Runs the cases from `from` on. */
static int run_from(struct crash *crash, size_t from, struct error *error)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_set(error, ENOMEM, "cannot prepare the runs");
    pool->next = pool->from = from;
    int result = run_pool(crash, pool, error);
    free(pool);
    return result;
}

/* Records the resets of these cases. */
static int record_resets(struct crash *crash, const size_t *cases, size_t n, struct error *error)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_set(error, ENOMEM, "cannot prepare the runs");
    pool->resets = cases;
    pool->n_resets = n;
    int result = run_pool(crash, pool, error);
    free(pool);
    return result;
}

/* Records a batch of resets and judges their states. */
static int judge_batch(struct crash *crash, const size_t *cases, size_t n, const unsigned *models,
                       struct error *error)
{
    size_t first = crash->n_recoveries, from = crash->n_cases;
    int result = record_resets(crash, cases, n, error);
    for (size_t i = first; i < crash->n_recoveries && result == 0; i++) {
        struct crash_recovery *recovery = crash->recoveries[i];
        result = states_plan_reset(crash, recovery, models[recovery->after], error);
    }
    if (result == 0)
        result = run_from(crash, from, error);
    crash->in_resets += crash->n_cases - from;
    recovery_discard(crash, first);
    return result;
}

/* --recovery: crashes in the resets of the states that were judged. */
static int judge_resets(struct crash *crash, struct error *error)
{
    size_t cases[RECOVERY_BATCH], next = 0, before = crash->n_cases, n;
    bool wanted = crash->by_states && crash->options->recovery;
    unsigned *models = wanted ? recovery_models(crash, before) : NULL;
    int result = 0;
    if (wanted && !models)
        return error_set(error, ENOMEM, "cannot plan the states of resets");
    while (models && result == 0 && !cli_stopped() &&
           (n = recovery_choose(crash, &next, before, cases)) > 0)
        result = judge_batch(crash, cases, n, models, error);
    free(models);
    return result;
}

/* Forgets the cases from the first one on that was not judged. */
static void forget_untried(struct crash *crash, size_t from)
{
    while (from < crash->n_cases &&
           (crash->cases[from].same != from || crash->cases[from].verdict != CRASH_UNTRIED))
        from++;
    for (size_t i = from; i < crash->n_cases; i++) {
        crash->totals[crash->cases[i].verdict]--;
        crash->distinct -= crash->cases[i].same == i;
        durable_state_free(&crash->cases[i].state);
    }
    crash->n_cases = from;
}

/* With --time-limit: states where two steps are lost, as long as the time lasts. More of each point
 * from round to round, so that none is left out for another. */
static int judge_pairs(struct crash *crash, struct error *error)
{
    const struct options_number *limit = &crash->options->time_limit;
    uint64_t deadline = crash->deadline_ns;
    bool more = limit->given && crash->by_states;
    size_t distinct = crash->distinct;
    int result = 0;
    crash->deadline_ns = crash->judging_ns + limit->value;
    for (uint64_t n = 8; more && result == 0 && !cli_stopped() &&
                         clock_now() < crash->deadline_ns; n *= 4) {
        size_t from = crash->n_cases;
        result = states_plan_pairs(crash, n, &more, error);
        if (result == 0)
            result = run_from(crash, from, error);
        forget_untried(crash, from);
    }
    crash->pairs = crash->distinct - distinct;
    crash->deadline_ns = deadline;
    return result;
}

/* Shrinks the losses of the findings. The runs that this takes are not counted among the points. */
static int shrink_losses(struct crash *crash, struct error *error)
{
    size_t n_cases = crash->n_cases, totals[CRASH_VERDICTS];
    int result = 0;
    memcpy(totals, crash->totals, sizeof totals);
    size_t most = n_cases + (crash->distinct > FEWEST_STATES ? crash->distinct : FEWEST_STATES);
    for (int round = 0; round < FEWEST_ROUNDS && result == 0 && !cli_stopped(); round++) {
        size_t from = crash->n_cases;
        if (from >= most)
            break;
        int n = fewest_propose(crash);
        if (n <= 0) {
            result = n < 0 ? error_set(error, ENOMEM, "cannot shrink the losses") : 0;
            break;
        }
        result = run_from(crash, from, error);
        if (result < 0 || fewest_take(crash, from) == 0)
            break;
    }
    crash->n_more = crash->n_cases - n_cases;
    crash->n_cases = n_cases;
    memcpy(crash->totals, totals, sizeof totals);
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
    crash->global_address = crash->by_states ? outcome->result.global_address : 0;
    crash->states_address = crash->by_states ? outcome->result.states_address : 0;
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
        if (*crash->recording)
            states_points(crash);
        result = check_clean(crash, clean, ret_status, error);
    }
    munmap(clean, sizeof *clean);
    return result;
}

/* The run without faults once more, unrecorded. For --atomic the recording of the first one stays
 * open. */
static int run_clean_again(struct crash *crash, int *ret_status, struct error *error)
{
    char path[4200];
    *ret_status = CLI_HARNESS;
    crash->by_states = false;
    crash->global_address = crash->states_address = 0;
    crash->recording[0] = '\0';
    if (!crash->options->atomic)
        recording_close(&crash->recorded.steps);
    crash_points_free(crash->points);
    crash->points = NULL;
    snprintf(path, sizeof path, "%.4000s/clean", crash->directory);
    return tree_remove(path, error) < 0 ? -1 : run_clean(crash, ret_status, error);
}

static void say_runs(const struct crash *crash, const char *why)
{
    if (crash->options->verbosity >= 0)
        fprintf(stderr, "stress-supervisor: a run for each point, since %s\n", why);
}

/* Records the run without faults if the states may come from it. A run for each point is the second
 * choice, unless only a recording can answer. */
static int run_clean_by_method(struct crash *crash, int *ret_status, struct error *error)
{
    int result = run_clean(crash, ret_status, error);
    const char *why = !*crash->recording ? NULL
                      : result < 0       ? error->text : method_obstacle(crash);
    bool final = *ret_status == CLI_SKIPPED || (result < 0 && *ret_status == CLI_USAGE);
    if (!crash->by_states && crash->options->method == OPTIONS_AUTO)
        say_runs(crash, method_forced(crash));
    if (!why && result == 0 && !crash->by_states && *crash->recording) /* only for --atomic */
        return run_clean_again(crash, ret_status, error);
    if (!why || cli_stopped() || final)
        return result;
    if (!method_is_needed(crash) && !crash->options->atomic) {
        say_runs(crash, why);
        return run_clean_again(crash, ret_status, error);
    }
    if (result < 0 || crash->inexact[0] || crash->outside[0]) /* a doubt */
        return result;
    *ret_status = CLI_USAGE;
    return error_set(error, 0, "the states cannot come from one recorded run: %s", why);
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
    if (rundir_open(&crash->rundir, crash->directory, error) < 0)
        return -1;
    crash_write_start(crash);
    if (!crash->by_states && !crash->options->atomic)
        return 0;
    snprintf(crash->recording, sizeof crash->recording, "%.4000s/recording", crash->directory);
    return mkdir(crash->recording, 0777) < 0
               ? error_set(error, errno, "cannot make %.500s", crash->recording) : 0;
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
    snprintf(path, sizeof path, "%s/events.jsonl", crash->directory);
    unlink(path);
    rmdir(crash->directory);
}

/* No finding needs it. */
static void discard_recording(const struct crash *crash)
{
    struct error ignored;
    char path[4200];
    snprintf(path, sizeof path, "%.4000s/recording", crash->directory);
    tree_remove(path, &ignored);
}

/* The run without faults showed something else than points; or a signal came. Returns what to exit
 * with. */
static int end_early(struct crash *crash, int status, struct error *error)
{
    struct error ignored;
    discard_recording(crash);
    discard(crash);
    if (cli_stopped()) {
        status = CLI_SIGNAL + cli_stopped();
        error_set(error, 0, "ended by signal %d during the run without faults: no point was tried",
                  cli_stopped());
    }
    crash_write_early(crash, status, error->text, &ignored); /* without it, `clean` has its own */
    rundir_point_latest(crash->options->output, crash->directory);
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
    run->shard = (struct options_shard){ .number = 0 }; /* each share has the same run */
    run->verbosity = -1;
    run->known = NULL; /* this and the next are for the run without faults */
    run->required.n = 0;
    if (crash->subject->kind == SUBJECT_COMMAND)
        run->actors.only = 1; /* as its host sets it */
    if (run->operations.value == 0)
        run->operations = (struct options_number){ crash->subject->kind == SUBJECT_COMMAND, 1 };
}

/* The contents are taken in a directory that is gone afterwards. */
static int prepare_atomic_again(struct crash *crash, struct error *error)
{
    struct error ignored;
    if (rundir_make_temporary("state", crash->directory, error) < 0)
        return -1;
    int result = atomic_prepare(crash, error);
    tree_remove(crash->directory, &ignored);
    return result;
}

/* The state to judge is that of the last case, and of its reset if there are two. */
static int add_kept(struct crash *crash, const struct keep_state *state)
{
    struct error ignored;
    if (crash_add_case(crash, 0, 0, &ignored) < 0)
        return -1;
    if (!state->in_reset) {
        crash->cases[0].state = state->state;
        return 0;
    }
    if (crash->recoveries[0]->source.steps.n_calls == 0 ||
        crash_add_in_reset(crash, crash->recoveries[0], 0, 0, &ignored) < 0)
        return -1;
    crash->cases[0].state = state->run;
    crash->cases[1].state = state->state;
    return 0;
}

/* --state: puts one state in place and judges it. */
static int perform_again(struct crash *crash)
{
    struct error error;
    if (crash->options->known || crash->options->required.n > 0)
        return error_set(&error, 0, "--%s does not go with --state: that judges one state",
                         crash->options->known ? "known" : "require"),
               cli_complain(&error, CLI_USAGE);
    crash->by_states = true;
    crash->ordinals = calloc(1, sizeof *crash->ordinals);
    crash->points = crash_points_new(1);
    fix_options(crash);
    crash->run.verbosity = crash->options->verbosity;
    crash->run.output = crash->options->output;
    struct keep_state state;
    int read = keep_read(crash->options->state, crash, &state, &error);
    if (read < 0 || !crash->ordinals || !crash->points || add_kept(crash, &state) < 0) {
        keep_free(&state);
        return read < 0 ? cli_complain(&error, CLI_USAGE) : cli_no_memory();
    }
    if (crash->options->atomic && prepare_atomic_again(crash, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    return crash_judge_again(crash);
}

/* Of all children that have ended, and of theirs. */
static uint64_t processor_time(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_CHILDREN, &usage) < 0)
        return 0;
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * CLOCK_SECOND +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * CLOCK_SECOND / 1000000;
}

/* By states, workers side by side need a mount namespace each. */
static void choose_workers(struct crash *crash)
{
    const struct options_number *jobs = &crash->options->jobs;
    crash->workers = jobs->given ? (unsigned)jobs->value : 1;
    if (crash->by_states && crash->workers > 1 && !place_is_possible(crash)) {
        crash->workers = 1;
        fprintf(stderr, "stress-supervisor: one state at a time, since mount namespaces are not "
                        "permitted here\n");
    }
}

static int check_limit(const struct crash *crash, struct error *error)
{
    bool power = (crash->models & ~(1u << DURABLE_PROCESS)) != 0;
    if (crash->options->time_limit.given && shard_is(&crash->options->shard))
        return error_set(error, 0, "--time-limit does not go with a share: how many pairs of "
                         "losses are judged differs from machine to machine");
    return !crash->options->time_limit.given || power
               ? 0 : error_set(error, 0, "--time-limit is for pairs of losses, which power cuts "
                                         "have: give --model");
}

/* Without a reset, nothing would be tested. */
static int check_recovery(const struct crash *crash, struct error *error)
{
    const struct options *options = crash->options;
    return options->recovery && crash->subject->kind == SUBJECT_COMMAND && !options->reset
               ? error_set(error, 0, "--recovery: there is no reset to crash in: give --reset")
               : 0;
}

static int perform(struct crash *crash)
{
    const struct options *options = crash->options;
    struct error error;
    char text[128];
    int status;
    if (place_find_disk(crash, &status, &error) < 0)
        return cli_complain(&error, status);
    if (crash->options->state)
        return perform_again(crash);
    if (options->known && known_read(options->known, &crash->known, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    if (crash_choose(crash, &error) < 0 || method_choose(crash, &error) < 0 ||
        check_limit(crash, &error) < 0 || check_recovery(crash, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    if (!crash->options->seed.given && random_seed_fresh(&crash->seed) < 0)
        return cli_complain(&(struct error){ .text = "cannot draw a seed" }, CLI_HARNESS);
    fix_options(crash);
    if (make_directory(crash, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    cli_catch_signals();
    if (run_clean_by_method(crash, &status, &error) < 0)
        return end_early(crash, status, &error);
    rundir_point_latest(options->output, crash->directory);
    if (crash->options->verbosity >= 0)
        fprintf(stderr, "seed 0x%" PRIx64 ": %" PRIu32 " points, run directory %s\n", crash->seed,
                crash->n_points, crash->directory);
    if (crash->options->atomic && atomic_prepare(crash, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    if ((crash->by_states ? states_plan(crash, &error) : crash_plan(crash, &error)) < 0)
        return cli_complain(&error, CLI_HARNESS);
    if (crash->n_whole == 0 && !cli_stopped()) { /* without a run, nothing has been tested */
        error_set(&error, 0, "no fault of --fault can be put at the %" PRIu32 " points: see "
                  "--calls and --fault", crash->n_points);
        return cli_complain(&error, CLI_USAGE);
    }
    if (shard_is(&options->shard) && options->verbosity >= 0)
        fprintf(stderr, "%s: %zu of %zu runs\n", shard_text(&options->shard, true, text,
                sizeof text), crash->n_cases, crash->n_whole);
    choose_workers(crash);
    uint64_t begun = processor_time();
    crash->judging_ns = clock_now();
    if (run_from(crash, 0, &error) < 0 || judge_pairs(crash, &error) < 0 ||
        judge_resets(crash, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    crash->judged_ns = processor_time() - begun;
    share_verdicts(crash);
    if (finding_sites(crash) < 0 || finding_sort(crash) < 0 ||
        (crash->by_states && finding_join(crash) < 0))
        return cli_no_memory();
    if (crash->by_states && shrink_losses(crash, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    if (crash->by_states) {
        place_clean(crash);
        if (finding_sites(crash) < 0 || finding_join(crash) < 0 || finding_part(crash) < 0 ||
            finding_join(crash) < 0)
            return cli_no_memory();
    }
    if (repair_find(crash) < 0)
        return cli_no_memory();
    crash->n_known = crash->totals[CRASH_FINDING] - finding_know(crash);
    bool found = crash->totals[CRASH_FINDING] > 0; /* also what is known is kept */
    if (!crash->by_states || (!found && crash_verdict(crash) == RECORD_PASSED))
        discard_recording(crash);
    if (crash->rundir.failed)
        snprintf(crash->unwritten, sizeof crash->unwritten, "%.255s", crash->rundir.error.text);
    if (keep_findings(crash, &error) < 0 || crash_write(crash, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    crash_print(crash);
    if (cli_flush(&error) < 0) { /* main() complains */
        snprintf(crash->unwritten, sizeof crash->unwritten, "%.255s", error.text);
        if (crash_write(crash, &error) < 0)
            return cli_complain(&error, CLI_HARNESS);
    }
    return crash_exit_status(crash);
}

int crash_check(const struct options *options, struct error *error)
{
    struct crash *crash = calloc(1, sizeof *crash);
    if (!crash)
        return error_set(error, ENOMEM, "cannot check the options");
    crash->options = options;
    int result = crash_choose(crash, error) < 0 || method_choose(crash, error) < 0
                     ? -1 : check_limit(crash, error);
    free(crash);
    return result;
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
    crash->tested = tested_make(options);
    crash->rundir.fd = crash->rundir.events = -1;
    crash->deadline_ns = CLOCK_NEVER;
    int status = perform(crash);
    for (size_t i = 0; i < crash->n_cases + crash->n_more; i++) {
        free(crash->cases[i].hook);
        durable_state_free(&crash->cases[i].state);
        free(crash->cases[i].title);
    }
    free(crash->cases);
    free(crash->ordinals);
    durable_builder_free(crash->recorded.builder);
    states_free(crash);
    recording_close(&crash->recorded.steps);
    finding_free(crash);
    site_free(&crash->recorded);
    recovery_free(crash);
    atomic_free(crash);
    rundir_close(&crash->rundir);
    crash_points_free(crash->points);
    json_decref(crash->tested);
    known_free(&crash->known);
    free(crash);
    return status;
}
