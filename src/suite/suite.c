/* SPDX-License-Identifier: MIT
 * suite.c: the steps of `suite`: reads all files, then runs the cases, then writes the documents.
 */
#include "suite/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "rundir/rundir.h"
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
        return error_set(error, 0, "cannot draw a number for the name of the directory");
    return rundir_make(suite->options->output, text_is_name(name) ? name : "suite", seed,
                       suite->directory, error);
}

static void say_start(const struct suite *suite)
{
    const struct options_shard *shard = &suite->options->shard;
    char text[128];
    if (suite->options->verbosity < 0)
        return;
    if (shard_is(shard))
        fprintf(stderr, "%s: %zu of %zu cases, directory %s\n",
                shard_text(shard, true, text, sizeof text), suite->n, suite->n_whole,
                suite->directory);
    else
        fprintf(stderr, "%zu cases, directory %s\n", suite->n, suite->directory);
}

static int perform(struct suite *suite)
{
    struct error error, written;
    for (unsigned i = 0; i < suite->options->n_files; i++)
        if (suite_read(suite, suite->options->files[i], &error) < 0)
            return cli_complain(&error, CLI_USAGE);
    if (suite_select(suite, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    suite_share(suite);
    if (make_directory(suite, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    if (rundir_open(&suite->rundir, suite->directory, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    rundir_point_latest(suite->options->output, suite->directory);
    suite_write_start(suite);
    say_start(suite);
    ticker_init(&suite->ticker, suite->options->verbosity < 0, CLOCK_NEVER);
    cli_catch_signals();
    int result = suite_run_cases(suite, &error);
    ticker_clear(&suite->ticker);
    if (result < 0 || suite_write_result(suite, &error) < 0)
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

int suite_main(const struct options *options)
{
    struct suite suite = { .options = options, .started_ns = clock_now(),
                           .started_unix = (int64_t)time(NULL) };
    suite.rundir.fd = suite.rundir.events = -1;
    int status = perform(&suite);
    rundir_close(&suite.rundir);
    suite_free(&suite);
    return status;
}
