/* SPDX-License-Identifier: MIT
 * suite.c: the steps of `suite` and `matrix`: reads all files, or asks the workload, then runs the
 * cases, then writes the documents.
 */
#include "suite/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "rundir/rundir.h"
#include "suite/faults.h"
#include "suite/file.h"
#include "suite/print.h"
#include "suite/run.h"
#include "suite/select.h"

static int make_directory(struct suite *suite, struct error *error)
{
    char name[TEXT_NAME];
    uint64_t seed;
    const char *base = strrchr(suite->options->subject, '/');
    base = base ? base + 1 : suite->options->subject;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(base, "."), base);
    if (random_seed_fresh(&seed) < 0)
        return error_set(error, 0, "cannot draw a seed");
    suite->seed = suite->options->seed.given ? suite->options->seed.value : seed;
    if (suite->workload)
        seed = suite->seed;
    return rundir_make(suite->options->output, text_is_name(name) ? name : "suite", seed,
                       suite->directory, error);
}

static void say_start(const struct suite *suite)
{
    const struct options_shard *shard = &suite->options->shard;
    char text[128];
    if (suite->options->verbosity < 0)
        return;
    if (suite->workload)
        fprintf(stderr, "seed 0x%" PRIx64 ", directory %s\n", suite->seed, suite->directory);
    else if (shard_is(shard))
        fprintf(stderr, "%s: %zu of %zu cases, directory %s\n",
                shard_text(shard, true, text, sizeof text), suite->n, suite->n_whole,
                suite->directory);
    else
        fprintf(stderr, "%zu cases, directory %s\n", suite->n, suite->directory);
}

/* Reads the cases of files. Returns 0, or -1 with `error`: wrong usage. */
static int read_cases(struct suite *suite, struct error *error)
{
    for (unsigned i = 0; i < suite->options->n_files; i++)
        if (suite_read(suite, suite->options->files[i], error) < 0)
            return -1;
    if (suite_select(suite, error) < 0)
        return -1;
    suite_share(suite);
    return 0;
}

/* Makes the directory, and opens it. Returns 0, or an exit status with `error`. */
static int open_directory(struct suite *suite, struct error *error)
{
    if (make_directory(suite, error) < 0)
        return CLI_USAGE;
    if (rundir_open(&suite->rundir, suite->directory, error) < 0)
        return CLI_HARNESS;
    rundir_point_latest(suite->options->output, suite->directory);
    suite_write_start(suite);
    say_start(suite);
    ticker_init(&suite->ticker, suite->options->verbosity < 0, CLOCK_NEVER);
    return 0;
}

/* Runs the cases. Those of a matrix follow from its baselines. Returns 0, or an exit status with
 * `error`. */
static int run_cases(struct suite *suite, struct error *error)
{
    if (suite->workload && faults_begin(suite, error) < 0)
        return CLI_HARNESS;
    if (suite_run_cases(suite, error) < 0)
        return CLI_HARNESS;
    if (!suite->workload || cli_stopped())
        return 0;
    int status = faults_add(suite, error);
    return status == 0 && suite_run_cases(suite, error) < 0 ? CLI_HARNESS : status;
}

static int write_documents(struct suite *suite)
{
    struct error error, written;
    if (suite_write_result(suite, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    bool incomplete = suite_write_document(suite, &error) < 0;
    suite_print_end(suite);
    suite->unwritten = incomplete || suite->rundir.failed || cli_flush(&written) < 0;
    if (suite->unwritten && suite_write_result(suite, &written) < 0)
        return cli_complain(&written, CLI_HARNESS);
    if (suite->rundir.failed)
        return cli_complain(&suite->rundir.error, CLI_HARNESS);
    /* Of lines that could not be written, main() complains. */
    return incomplete ? cli_complain(&error, CLI_HARNESS) : suite_exit_status(suite);
}

static int perform(struct suite *suite)
{
    struct error error;
    int status = open_directory(suite, &error);
    if (status == 0) {
        status = run_cases(suite, &error);
        ticker_clear(&suite->ticker);
    }
    return status == 0 ? write_documents(suite) : cli_complain(&error, status);
}

static int finish(struct suite *suite, int status)
{
    rundir_close(&suite->rundir);
    suite_free(suite);
    return status;
}

static void begin(struct suite *suite, const struct options *options)
{
    *suite = (struct suite){ .options = options, .started_ns = clock_now(),
                             .started_unix = (int64_t)time(NULL) };
    suite->rundir.fd = suite->rundir.events = -1;
}

int suite_main(const struct options *options)
{
    struct suite suite;
    struct error error;
    begin(&suite, options);
    if (read_cases(&suite, &error) < 0)
        return finish(&suite, cli_complain(&error, CLI_USAGE));
    cli_catch_signals();
    return finish(&suite, perform(&suite));
}

int suite_matrix(const struct options *options, const struct subject *subject, char **argv)
{
    struct suite suite;
    struct error error = { .text = "" };
    begin(&suite, options);
    cli_catch_signals();
    int status = faults_ask(&suite, subject, argv, &error);
    if (status != 0 && *error.text)
        status = cli_complain(&error, status);
    if (status != 0)
        return finish(&suite, status);
    suite.tested = tested_make(options);
    return finish(&suite, perform(&suite));
}
