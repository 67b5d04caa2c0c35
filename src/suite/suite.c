/* SPDX-License-Identifier: MIT
 * suite.c: the order of things: all files are read, then the cases run, then the documents are
 * written.
 */
#include "suite/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "rundir/rundir.h"
#include "suite/file.h"
#include "suite/print.h"
#include "suite/run.h"

/* The directory of a run has more than a suite needs. */
static int make_directory(struct suite *suite, struct error *error)
{
    struct rundir rundir = { .fd = -1, .events = -1 };
    char name[TEXT_NAME];
    uint64_t seed;
    const char *base = strrchr(suite->options->subject, '/');
    base = base ? base + 1 : suite->options->subject;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(base, "."), base);
    if (random_seed_fresh(&seed) < 0)
        return error_set(error, 0, "cannot draw a number for the name of the directory");
    if (rundir_precheck(suite->options->output, error) < 0 ||
        rundir_create(&rundir, suite->options->output, text_is_name(name) ? name : "suite", seed,
                      error) < 0)
        return -1;
    snprintf(suite->directory, sizeof suite->directory, "%s", rundir.path);
    tree_remove(rundir.scratch, error);
    unlinkat(rundir.fd, "events.jsonl", 0);
    unlinkat(rundir.fd, "findings", AT_REMOVEDIR);
    rundir_close(&rundir);
    return 0;
}

static int perform(struct suite *suite)
{
    struct error error;
    for (unsigned i = 0; i < suite->options->n_files; i++)
        if (suite_read(suite, suite->options->files[i], &error) < 0)
            return cli_complain(&error, CLI_USAGE);
    if (make_directory(suite, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    if (suite->options->verbosity >= 0)
        fprintf(stderr, "%zu cases, directory %s\n", suite->n, suite->directory);
    cli_catch_signals();
    int result = suite_run_cases(suite, &error);
    suite_take_line_away(suite);
    if (result < 0 || suite_write_result(suite, &error) < 0 || suite_write_document(suite, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    suite_print_end(suite);
    return suite_exit_status(suite);
}

int suite_main(const struct options *options)
{
    struct suite suite = { .options = options, .started_ns = clock_now(),
                           .started_unix = (int64_t)time(NULL) };
    int status = perform(&suite);
    suite_free(&suite);
    return status;
}
