/* SPDX-License-Identifier: MIT
 * replay.c: repeats the operations of a finding, once or several times, and says whether the same
 * finding recurs. With --gdb it starts a debugger for the last operation. Monitor only.
 */
#include "replay/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "replay/choose.h"
#include "replay/trial.h"
#include "rundir/rundir.h"

#define TICK (CLOCK_SECOND / 5) /* how often to look whether a runner waits */
#define PATIENCE (24 * UINT64_C(3600) * CLOCK_SECOND) /* limit of an operation with a debugger */

struct tally {
    uint64_t same, other, none;
};

struct run {
    const struct options *options;
    struct replay *replay;
    struct trial_command command;
    struct trial trial;
    struct jobs jobs;
    char directory[PATH_MAX]; /* holds the run directories */
    bool keep;                /* keep it: the user named it */
    struct tally tally;
};

/* ---- the debugger ------------------------------------------------------------------------ */

static int check_gdb(struct error *error)
{
    static const char *const fallback = "/usr/local/bin:/usr/bin:/bin";
    const char *all = getenv("PATH");
    char path[PATH_MAX], *copy = strdup(all ? all : fallback);
    char *rest = copy, *word;
    bool found = false;
    while (copy && !found && (word = strsep(&rest, ":"))) {
        snprintf(path, sizeof path, "%s/gdb", *word ? word : ".");
        found = access(path, X_OK) == 0;
    }
    free(copy);
    return found ? 0 : error_set(error, 0, "--gdb: there is no gdb in PATH: install it, or leave "
                                           "the option out");
}

/* Runs gdb in the foreground until the user quits. The runner stops in it before its operation. */
static void debug(const struct run *run, int pid)
{
    char number[32];
    const struct replay *replay = run->replay;
    snprintf(number, sizeof number, "%d", pid);
    fprintf(stderr, "The last operation is next. 'continue' performs it; 'break FUNCTION' before "
                    "that stops in it.\n");
    fflush(NULL);
    pid_t gdb = fork();
    if (gdb == 0) {
        cli_default_signals();
        execlp("gdb", "gdb", "-q", "-p", number, "-ex", "handle SIGTRAP nopass",
               "-ex", "continue", (char *)NULL);
        _exit(127);
    }
    if (gdb < 0)
        fprintf(stderr, "stress-supervisor: %s: gdb cannot be started: %s\n", replay->path,
                strerror(errno));
    while (gdb > 0 && waitpid(gdb, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* ---- one after the other ----------------------------------------------------------------- */

static const char *title_of(const struct session_result *result)
{
    return *result->title ? result->title : "?";
}

static void say(const struct run *run, uint64_t which, const struct trial_outcome *outcome)
{
    const struct session_result *result = &outcome->result;
    uint64_t times = run->options->times.given ? run->options->times.value : 1;
    if (run->options->verbosity < 0 && result->n_findings == 0)
        return;
    if (times > 1)
        printf("%" PRIu64 " of %" PRIu64 ": ", which + 1, times);
    if (result->same)
        printf("the same finding: %s\n", title_of(result));
    else if (result->n_findings > 0)
        printf("another finding: %s\n", title_of(result));
    else
        printf("no finding\n");
    if (result->late > 0)
        printf("%" PRIu64 " operation%s did not end in time, so the next one was let go\n",
               result->late, result->late == 1 ? "" : "s");
    if (result->skipped > 0)
        printf("%" PRIu64 " operations were left out: their actor was given up\n",
               result->skipped);
}

static void count(struct tally *tally, const struct session_result *result)
{
    if (result->same)
        tally->same++;
    else if (result->n_findings > 0)
        tally->other++;
    else
        tally->none++;
}

/* Waits until the run ends; starts the debugger when a runner waits for it. */
static void wait_for(struct run *run)
{
    bool debugged = false;
    while (!cli_stopped() && !trial_wait(&run->jobs, clock_now() + TICK)) {
        int held = atomic_load(&run->trial.outcome->held);
        if (held && !debugged) {
            debugged = true;
            debug(run, held);
            cli_forget_signals(); /* Ctrl-C was the debugger's */
        }
    }
    if (cli_stopped())
        trial_stop(&run->jobs);
}

/* Returns 0, or an exit status with which to end. */
static int run_once(struct run *run, uint64_t which, struct error *error)
{
    const struct trial_plan plan = { .command = &run->command, .replay = run->replay,
                                     .hold = run->options->gdb,
                                     .serial_wait_ns = run->options->gdb ? PATIENCE : 0 };
    const struct trial_outcome *outcome = run->trial.outcome;
    snprintf(run->trial.directory, sizeof run->trial.directory, "%.4000s/%06" PRIu64,
             run->directory, which + 1);
    if (trial_start(&run->trial, &run->jobs, &plan, error) < 0)
        return CLI_HARNESS;
    wait_for(run);
    if (cli_stopped())
        return CLI_SIGNAL + cli_stopped();
    if (!outcome->finished)
        return error_set(error, 0, "%s: the run did not finish", run->replay->path),
               CLI_HARNESS;
    if (outcome->status > CLI_FINDINGS)
        return outcome->status; /* the run has printed why */
    say(run, which, outcome);
    count(&run->tally, &outcome->result);
    if (fflush(stdout) == 0)
        return 0;
    return error_unwritten(error, "standard output"), CLI_HARNESS;
}

static int run_all(struct run *run, struct error *error)
{
    uint64_t times = run->options->times.given ? run->options->times.value : 1;
    for (uint64_t i = 0; i < times; i++) {
        int status = run_once(run, i, error);
        if (status != 0)
            return status;
    }
    const struct tally *tally = &run->tally;
    if (times > 1)
        printf("the same finding came %" PRIu64 " times of %" PRIu64 ", another %" PRIu64
               " times, none %" PRIu64 " times\n", tally->same, times, tally->other, tally->none);
    const char *hint = trial_hint(run->replay);
    if (tally->same + tally->other > 0)
        return CLI_FINDINGS;
    if (hint && run->options->verbosity >= 0)
        fprintf(stderr, "stress-supervisor: %s: %s\n", run->replay->path, hint);
    return CLI_PASSED;
}

/* ---- the whole --------------------------------------------------------------------------- */

static int make_directory(struct run *run, struct error *error)
{
    const char *output = run->options->output;
    run->keep = output != NULL;
    return output ? rundir_make(output, NULL, 0, run->directory, error)
                  : rundir_make_temporary("replay", run->directory, error);
}

static void say_variables(const struct run *run)
{
    char names[256];
    if (run->options->verbosity >= 0 &&
        variables_differ(&run->replay->variables, names, sizeof names))
        fprintf(stderr, "stress-supervisor: %s: the environment differs from that of the run in "
                        "%s: if the finding does not come, set what the file has\n",
                run->replay->path, names);
}

/* With a debugger, operations may take long. */
static void fix_options(struct run *run)
{
    struct options *options = &run->command.options;
    if (run->options->gdb)
        options->op_timeout_ns = options->reset_timeout_ns = PATIENCE;
}

static int perform(struct run *run)
{
    struct error error = { .text = "" };
    if (replay_choose(run->options->subject, "replay", &error))
        return cli_complain(&error, CLI_USAGE);
    run->replay = replay_read(run->options->subject, &error);
    if (!run->replay || (run->options->gdb && check_gdb(&error) < 0) ||
        make_directory(run, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    if (trial_prepare(run->replay, &run->command, &error) < 0) {
        rmdir(run->directory);
        return cli_complain(&error, CLI_USAGE);
    }
    if (!run->replay->bucket)
        fprintf(stderr, "stress-supervisor: %s: no 'bucket:' line, so every finding counts as "
                        "another one\n", run->replay->path);
    say_variables(run);
    fix_options(run);
    cli_catch_signals();
    int status = trial_open(&run->trial, &error) < 0 ? CLI_HARNESS : run_all(run, &error);
    if (error.text[0])
        cli_complain(&error, status);
    struct error ignored;
    if (!run->keep)
        tree_remove(run->directory, &ignored);
    return status;
}

int replay_run(const struct options *options)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return cli_no_memory();
    run->options = options;
    int status = perform(run);
    replay_free(run->replay);
    free(run);
    return status;
}
