/* SPDX-License-Identifier: MIT
 * crash.c: the order of things: the clean run, the plan, the runs side by side, the report. The one
 * place of `crash` that forks and waits.
 */
#include "monitor/crash_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/random.h"
#include "monitor/rundir.h"

enum { EXIT_USAGE = 2, EXIT_HARNESS = 3, CRASH_JOBS = 256, CRASH_OPERATIONS = 100 };

/* A run under way. */
struct job {
    pid_t pid; /* 0: free */
    size_t which;
    unsigned tries;
    bool lists; /* the points of the reset; else it is a case */
    struct share_points *points;
};

static struct crash *signalled; /* for the handler */

static void on_signal(int signo)
{
    if (!signalled->signal)
        signalled->signal = signo;
}

static int complain(const struct error *error, int status)
{
    fprintf(stderr, "stress-supervisor: %s\n", error->text);
    return status;
}

/* ---- one run, in a process of its own --------------------------------------------------- */

static void case_directory(const struct crash *crash, size_t which, char *to, size_t size)
{
    snprintf(to, size, "%.4000s/points/%06zu", crash->directory, which);
}

/* In the child: what the run says goes to a file. */
static void redirect(const struct crash *crash)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/messages", crash->directory);
    FILE *file = freopen(path, "ae", stderr);
    if (!file || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        _exit(EXIT_HARNESS);
    setvbuf(stderr, NULL, _IONBF, 0);
}

static pid_t start_run(const struct crash *crash, const char *directory, const struct rule *rules,
                       unsigned n, struct share_points *points, bool to_the_end,
                       struct crash_outcome *outcome)
{
    pid_t parent = getpid();
    memset(outcome, 0, sizeof *outcome);
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(EXIT_HARNESS);
    redirect(crash);
    crash_work(crash, directory, rules, n, points, to_the_end, outcome);
    _exit(outcome->status);
}

static void settle(struct crash *crash, size_t which, enum crash_verdict verdict, uint32_t kind,
                   const char *title)
{
    struct crash_case *entry = &crash->cases[which];
    entry->verdict = verdict;
    entry->kind = kind;
    entry->title = title && *title ? strdup(title) : NULL; /* without memory: untold */
    crash->totals[CRASH_UNTRIED]--;
    crash->totals[verdict]++;
}

/* Decides a case by what its run said. False: to be tried again. */
static bool judge(struct crash *crash, const struct job *job, int status,
                  const struct crash_outcome *outcome)
{
    const struct crash_case *entry = &crash->cases[job->which];
    const struct session_result *result = &outcome->result;
    char text[128];
    uint64_t faults = entry->hook ? 2 : 1;
    if (!outcome->finished || !WIFEXITED(status) || (outcome->status != 0 && outcome->status != 1)) {
        snprintf(text, sizeof text, "its run ended with wait status %#x", (unsigned)status);
        settle(crash, job->which, CRASH_ERROR, 0,
               outcome->finished && *result->title ? result->title : text);
    } else if (result->fired < faults) {
        if (job->tries + 1 < CRASH_TRIES)
            return false;
        settle(crash, job->which, CRASH_NOT_REACHED, 0, NULL);
    } else if (result->n_findings > 0) {
        settle(crash, job->which, CRASH_FINDING, result->kind, result->title);
    } else {
        settle(crash, job->which, CRASH_OK, 0, NULL);
    }
    return true;
}

/* ---- side by side ----------------------------------------------------------------------- */

struct pool {
    struct job jobs[CRASH_JOBS];
    struct crash_outcome *outcomes; /* one for each, shared with the child */
    unsigned n, busy;
    size_t next;                    /* case to be started next */
    size_t next_list;               /* case whose reset is to be listed next */
    uint64_t said_ns;
};

static int begin(struct crash *crash, struct pool *pool, struct job *job, struct error *error)
{
    char directory[4300];
    struct rule rules[3];
    unsigned n = crash_rules(crash, &crash->cases[job->which], rules);
    if (job->lists)
        crash_record_rule(crash, RULE_OF_HOOK, &rules[n++]);
    case_directory(crash, job->which, directory, sizeof directory);
    if (job->lists || job->tries > 0)
        snprintf(directory + strlen(directory), sizeof directory - strlen(directory), "-%s%u",
                 job->lists ? "reset" : "again", job->tries);
    job->pid = start_run(crash, directory, rules, n, job->points, false,
                         &pool->outcomes[job - pool->jobs]);
    if (job->pid < 0) {
        job->pid = 0;
        return error_set(error, errno, "cannot fork a run");
    }
    pool->busy++;
    return 0;
}

/* The next thing to do, or false. Points of a reset are listed for crashes that were tried and well. */
static bool next_job(struct crash *crash, struct pool *pool, struct job *ret)
{
    if (pool->next < crash->n_cases) {
        *ret = (struct job){ .which = pool->next++ };
        return true;
    }
    if (!crash->options->recovery)
        return false;
    for (; pool->next_list < crash->n_cases; pool->next_list++) {
        struct crash_case *entry = &crash->cases[pool->next_list];
        bool kills = crash->faults[entry->fault].action != RULE_ERROR &&
                     crash->faults[entry->fault].action != RULE_SHORT;
        if (entry->hook || entry->listed || entry->verdict != CRASH_OK || !kills)
            continue;
        entry->listed = true;
        *ret = (struct job){ .which = pool->next_list, .lists = true,
                             .points = crash_points_new(CRASH_POINTS) };
        return ret->points != NULL;
    }
    return false;
}

static int end(struct crash *crash, struct pool *pool, struct job *job, int status,
               struct error *error)
{
    struct crash_outcome *outcome = &pool->outcomes[job - pool->jobs];
    int result = 0;
    pool->busy--;
    if (job->lists) {
        if (outcome->finished && outcome->status == 0)
            result = crash_plan_recovery(crash, job->which, job->points, error);
        crash_points_free(job->points);
    } else if (!judge(crash, job, status, outcome)) {
        job->tries++;
        return begin(crash, pool, job, error);
    }
    job->pid = 0;
    return result;
}

static void say_progress(const struct crash *crash, struct pool *pool, bool last)
{
    bool terminal = isatty(STDERR_FILENO);
    uint64_t now = clock_now(), wait = terminal ? CLOCK_SECOND / 4 : 60 * CLOCK_SECOND;
    if (crash->options->verbosity < 0 || (!last && now - pool->said_ns < wait) ||
        (last && !terminal))
        return;
    pool->said_ns = now;
    fprintf(stderr, "%s%zu of %zu runs, %zu findings, %zu not reached, %.0f a second%s",
            terminal ? "\r" : "", crash->n_cases - crash->totals[CRASH_UNTRIED], crash->n_cases,
            crash->totals[CRASH_FINDING], crash->totals[CRASH_NOT_REACHED],
            (double)(crash->n_cases - crash->totals[CRASH_UNTRIED]) * 1e9 /
                (double)(now - crash->started_ns + 1),
            terminal && !last ? "\033[K" : "\n");
}

static struct job *job_of(struct pool *pool, pid_t pid)
{
    for (unsigned i = 0; i < pool->n; i++)
        if (pool->jobs[i].pid == pid)
            return &pool->jobs[i];
    return NULL;
}

/* A terminal sends its signals to the runs, too; this is for the others. */
static void stop_all(struct pool *pool)
{
    for (unsigned i = 0; i < pool->n; i++)
        if (pool->jobs[i].pid > 0)
            kill(pool->jobs[i].pid, SIGTERM);
}

static int fill(struct crash *crash, struct pool *pool, struct error *error)
{
    struct job next;
    for (unsigned i = 0; i < pool->n && !crash->signal; i++) {
        if (pool->jobs[i].pid != 0)
            continue;
        if (!next_job(crash, pool, &next))
            return 0;
        pool->jobs[i] = next;
        if (begin(crash, pool, &pool->jobs[i], error) < 0)
            return -1;
    }
    return 0;
}

static int run_all(struct crash *crash, struct error *error)
{
    const struct options_number *jobs = &crash->options->jobs;
    struct pool pool = { .n = jobs->given ? (unsigned)jobs->value : 1, .said_ns = clock_now() };
    bool stopped = false;
    int result = 0;
    pool.outcomes = mmap(NULL, pool.n * sizeof *pool.outcomes, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pool.outcomes == MAP_FAILED)
        return error_set(error, errno, "cannot prepare %u runs", pool.n);
    for (;;) {
        if (result == 0 && !crash->signal)
            result = fill(crash, &pool, error);
        if ((result < 0 || crash->signal) && !stopped) {
            stop_all(&pool);
            stopped = true;
        }
        if (pool.busy == 0)
            break;
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        struct job *job = pid > 0 ? job_of(&pool, pid) : NULL;
        if (!job)
            continue; /* a signal */
        if (stopped) {
            pool.busy--;
            job->pid = 0;
        } else if (end(crash, &pool, job, status, error) < 0) {
            result = -1;
        }
        say_progress(crash, &pool, false);
    }
    say_progress(crash, &pool, true);
    munmap(pool.outcomes, pool.n * sizeof *pool.outcomes);
    return result;
}

/* ---- the clean run ---------------------------------------------------------------------- */

/* -1: `error` says why; then *ret_status is what to exit with. */
static int check_clean(struct crash *crash, const struct crash_outcome *outcome, int *ret_status,
                       struct error *error)
{
    uint64_t n = atomic_load(&crash->points->n);
    *ret_status = outcome->finished ? outcome->status : EXIT_HARNESS;
    crash->definition = outcome->result.definition;
    if (*ret_status == 1)
        return error_set(error, 0, "the workload fails without any fault: %.300s (see %.300s/clean)",
                         outcome->result.title, crash->directory);
    if (*ret_status == 77)
        return error_set(error, 0, "skipped: %.600s", outcome->result.title);
    if (*ret_status != 0)
        return error_set(error, 0, "the run without faults did not come to its end: %.500s (see "
                                   "%.300s/messages)", outcome->result.title, crash->directory);
    *ret_status = EXIT_USAGE;
    if (n > crash->points->room)
        return error_set(error, 0, "%" PRIu64 " points are too many: at most %d; lower "
                                   "--operations, or narrow --calls", n, CRASH_POINTS);
    if (n == 0)
        return error_set(error, 0, "no call that matches was made, so there is no point to crash "
                                   "at: see --calls");
    crash->n_points = (uint32_t)n;
    return 0;
}

static int run_clean(struct crash *crash, int *ret_status, struct error *error)
{
    char directory[4200];
    struct rule rule;
    struct crash_outcome *outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *ret_status = EXIT_HARNESS;
    crash->points = crash_points_new(CRASH_POINTS);
    if (outcome == MAP_FAILED || !crash->points)
        return error_set(error, errno, "cannot prepare the run without faults");
    crash_record_rule(crash, RULE_OF_ANYBODY, &rule);
    snprintf(directory, sizeof directory, "%.4000s/clean", crash->directory);
    pid_t pid = start_run(crash, directory, &rule, 1, crash->points, true, outcome);
    int status = 0, result = -1;
    if (pid < 0)
        error_set(error, errno, "cannot fork the run without faults");
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (crash->signal)
            kill(pid, SIGTERM);
    if (pid > 0)
        result = check_clean(crash, outcome, ret_status, error);
    munmap(outcome, sizeof *outcome);
    return result;
}

/* ---- the whole -------------------------------------------------------------------------- */

static int make_directory(struct crash *crash, struct error *error)
{
    struct rundir rundir = { .fd = -1, .events = -1 };
    char path[4200];
    if (rundir_precheck(crash->options->output, error) < 0 ||
        rundir_create(&rundir, crash->options->output, crash->subject->name, crash->seed,
                      error) < 0)
        return -1;
    snprintf(crash->directory, sizeof crash->directory, "%s", rundir.path);
    rundir_remove_scratch(rundir.scratch, error);
    unlinkat(rundir.fd, "events.jsonl", 0);
    unlinkat(rundir.fd, "findings", AT_REMOVEDIR);
    rundir_close(&rundir);
    snprintf(path, sizeof path, "%s/points", crash->directory);
    if (mkdir(path, 0777) < 0)
        return error_set(error, errno, "cannot make %s", path);
    return 0;
}

/* A plain command is one operation; of others a hundred are enough to begin with. */
static void fix_options(struct crash *crash)
{
    struct options *run = &crash->run;
    *run = *crash->options;
    run->schedule = OPTIONS_SERIAL;
    run->seed = (struct options_number){ true, crash->seed };
    run->time_limit = (struct options_number){ true, 0 };
    run->verbosity = -1;
    if (crash->subject->kind == SUBJECT_COMMAND && !run->actors.given)
        run->actors = (struct options_number){ true, 1 }; /* as its host sees it */
    if (!run->operations.given || run->operations.value == 0)
        run->operations = (struct options_number){
            true, crash->subject->kind == SUBJECT_COMMAND ? 1 : CRASH_OPERATIONS };
}

static void install_signals(struct crash *crash)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = on_signal }; /* no SA_RESTART: waitpid() must see it */
    signalled = crash;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

static int perform(struct crash *crash)
{
    struct error error;
    int status;
    if (crash_choose(crash, &error) < 0)
        return complain(&error, EXIT_USAGE);
    if (!crash->options->seed.given && random_seed_fresh(&crash->seed) < 0)
        return complain(&(struct error){ .text = "cannot draw a seed" }, EXIT_HARNESS);
    fix_options(crash);
    if (make_directory(crash, &error) < 0)
        return complain(&error, EXIT_USAGE);
    install_signals(crash);
    if (run_clean(crash, &status, &error) < 0)
        return crash->signal ? 128 + crash->signal : complain(&error, status);
    if (crash->options->verbosity >= 0)
        fprintf(stderr, "seed 0x%" PRIx64 ": %" PRIu32 " points, run directory %s\n", crash->seed,
                crash->n_points, crash->directory);
    if (crash_plan(crash, &error) < 0 || run_all(crash, &error) < 0)
        return complain(&error, EXIT_HARNESS);
    if (crash_write(crash, &error) < 0)
        return complain(&error, EXIT_HARNESS);
    crash_print(crash);
    return crash_exit_status(crash);
}

int crash_run(const struct options *options, const struct subject *subject, char **argv)
{
    struct crash *crash = calloc(1, sizeof *crash);
    if (!crash)
        return complain(&(struct error){ .text = "out of memory" }, EXIT_HARNESS);
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
    crash_points_free(crash->points);
    free(crash);
    return status;
}
