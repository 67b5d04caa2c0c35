/* SPDX-License-Identifier: MIT
 * pool.c: see pool.h.
 */
#include "crash/pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/base.h"
#include "crash/address.h"
#include "crash/points.h"
#include "crash/recovery.h"
#include "crash/table.h"
#include "crash/worker.h"

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

void pool_share_verdicts(struct crash *crash)
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
    struct error ignored;
    recovery_directory(crash, worker->which, directory, sizeof directory);
    if (outcome->finished && outcome->status == CLI_PASSED && outcome->result.n_findings == 0)
        return recovery_open(crash, worker->which, directory, error);
    if (worker->tries + 1 < CRASH_TRIES) {
        worker->tries++;
        return begin(crash, pool, worker, error);
    }
    recovery_failed(crash, outcome->finished ? outcome->result.title : "its process died");
    tree_remove(directory, &ignored);
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

static int run(struct crash *crash, struct pool *pool, struct error *error)
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

/* `resets`: of these n cases the resets are recorded; NULL: the cases from `from` on are run. */
static int run_new(struct crash *crash, size_t from, const size_t *resets, size_t n,
                   struct error *error)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_set(error, ENOMEM, "cannot prepare the runs");
    pool->next = pool->from = from;
    pool->resets = resets;
    pool->n_resets = n;
    int result = run(crash, pool, error);
    free(pool);
    return result;
}

int pool_run(struct crash *crash, size_t from, struct error *error)
{
    return run_new(crash, from, NULL, 0, error);
}

int pool_record_resets(struct crash *crash, const size_t *cases, size_t n, struct error *error)
{
    return run_new(crash, 0, cases, n, error);
}
