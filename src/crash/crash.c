/* SPDX-License-Identifier: MIT
 * crash.c: the steps of `crash`: the clean run, the plan, the runs (pool.c), the report. Nothing
 * but this file and pool.c waits in this folder.
 */
#include "crash/crash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "crash/atomic.h"
#include "crash/fewest.h"
#include "crash/finding.h"
#include "crash/keep.h"
#include "crash/method.h"
#include "crash/place.h"
#include "crash/points.h"
#include "crash/pool.h"
#include "crash/recovery.h"
#include "crash/repair.h"
#include "crash/site.h"
#include "crash/states.h"
#include "crash/table.h"
#include "crash/worker.h"
#include "rundir/rundir.h"

/* ---- the cases --------------------------------------------------------------------------- */

/* Records a batch of resets and judges their states. */
static int judge_batch(struct crash *crash, const size_t *cases, size_t n, const unsigned *models,
                       struct error *error)
{
    size_t first = crash->n_recoveries, from = crash->n_cases;
    int result = pool_record_resets(crash, cases, n, error);
    for (size_t i = first; i < crash->n_recoveries && result == 0; i++) {
        struct crash_recovery *recovery = crash->recoveries[i];
        result = states_plan_reset(crash, recovery, models[recovery->after], error);
    }
    if (result == 0)
        result = pool_run(crash, from, error);
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
            result = pool_run(crash, from, error);
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
        result = pool_run(crash, from, error);
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

/* What the options ask for, as far as they say it themselves. */
static int choose(struct crash *crash, struct error *error)
{
    return crash_choose(crash, error) < 0 || method_choose(crash, error) < 0
               ? -1 : check_limit(crash, error);
}

/* The same, and what they say of files and of the workload. */
static int read_options(struct crash *crash, struct error *error)
{
    const char *known = crash->options->known;
    if (known && known_read(known, &crash->known, error) < 0)
        return -1;
    return choose(crash, error) < 0 ? -1 : check_recovery(crash, error);
}

/* Makes the cases, and says how many. Returns 0, or -1 with `error` and the exit status. */
static int plan(struct crash *crash, int *ret_status, struct error *error)
{
    const struct options *options = crash->options;
    char text[128];
    *ret_status = CLI_USAGE;
    if (options->atomic && atomic_prepare(crash, error) < 0)
        return -1;
    if ((crash->by_states ? states_plan(crash, error) : crash_plan(crash, error)) < 0) {
        *ret_status = CLI_HARNESS;
        return -1;
    }
    if (crash->n_whole == 0 && !cli_stopped()) /* without a run, nothing has been tested */
        return error_set(error, 0, "no fault of --fault can be put at the %" PRIu32 " points: see "
                         "--calls and --fault", crash->n_points);
    if (shard_is(&options->shard) && options->verbosity >= 0)
        fprintf(stderr, "%s: %zu of %zu runs\n", shard_text(&options->shard, true, text,
                sizeof text), crash->n_cases, crash->n_whole);
    return 0;
}

/* Judges all cases. */
static int judge(struct crash *crash, struct error *error)
{
    choose_workers(crash);
    uint64_t begun = processor_time();
    crash->judging_ns = clock_now();
    if (pool_run(crash, 0, error) < 0 || judge_pairs(crash, error) < 0 ||
        judge_resets(crash, error) < 0)
        return -1;
    crash->judged_ns = processor_time() - begun;
    pool_share_verdicts(crash);
    return 0;
}

/* Makes findings of the cases that failed. Returns 0, or -1: no memory. */
static int find(struct crash *crash)
{
    if (finding_sites(crash) < 0 || finding_sort(crash) < 0)
        return -1;
    return crash->by_states ? finding_join(crash) : 0;
}

/* The same once losses have shrunk; states under other models may be a finding of their own. */
static int find_again(struct crash *crash)
{
    place_clean(crash);
    if (finding_sites(crash) < 0 || finding_join(crash) < 0 || finding_part(crash) < 0)
        return -1;
    return finding_join(crash);
}

/* Finds what the cases that failed have in common, the fewest losses, and the repairs. */
static int explain(struct crash *crash, struct error *error)
{
    int result = find(crash);
    if (result == 0 && crash->by_states) {
        if (shrink_losses(crash, error) < 0)
            return -1;
        result = find_again(crash);
    }
    if (result < 0 || repair_find(crash) < 0)
        return error_set(error, 0, "out of memory");
    crash->n_known = finding_know(crash);
    return 0;
}

/* Writes and prints what came of it. Returns the exit status. */
static int conclude(struct crash *crash)
{
    struct error error;
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

static int perform(struct crash *crash)
{
    const struct options *options = crash->options;
    struct error error;
    int status;
    if (place_find_disk(crash, &status, &error) < 0)
        return cli_complain(&error, status);
    if (options->state)
        return perform_again(crash);
    if (read_options(crash, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    if (!options->seed.given && random_seed_fresh(&crash->seed) < 0)
        return cli_complain(&(struct error){ .text = "cannot draw a seed" }, CLI_HARNESS);
    fix_options(crash);
    if (make_directory(crash, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    cli_catch_signals();
    if (run_clean_by_method(crash, &status, &error) < 0)
        return end_early(crash, status, &error);
    rundir_point_latest(options->output, crash->directory);
    if (options->verbosity >= 0)
        fprintf(stderr, "seed 0x%" PRIx64 ": %" PRIu32 " points, run directory %s\n", crash->seed,
                crash->n_points, crash->directory);
    if (plan(crash, &status, &error) < 0)
        return cli_complain(&error, status);
    if (judge(crash, &error) < 0 || explain(crash, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    return conclude(crash);
}

int crash_check(const struct options *options, struct error *error)
{
    struct crash *crash = calloc(1, sizeof *crash);
    if (!crash)
        return error_set(error, ENOMEM, "cannot check the options");
    crash->options = options;
    int result = choose(crash, error);
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
