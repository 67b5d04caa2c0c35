/* SPDX-License-Identifier: MIT
 * shrink.c: the steps of `shrink`: checks that the finding recurs, leaves out parts, keeps the
 * result. Each better candidate is written to the output at once.
 */
#include "shrink/shrink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "rundir/rundir.h"
#include "shrink/candidate.h"
#include "shrink/progress.h"
#include "shrink/reduce.h"
#include "shrink/tries.h"

enum { SHRINK_FIRST_TRIES = 3 };
#define OP_TIMEOUT (2 * CLOCK_SECOND) /* used if the finding recurs with it, too */
#define FIRST_LIMIT (120 * CLOCK_SECOND)
#define LEAST_LIMIT (10 * CLOCK_SECOND)

/* Does the whole file show the finding? If it does so with a short --op-timeout, keeps that. */
static int try_first(struct shrink *shrink, bool *ret_same, struct error *error)
{
    struct options *options = &shrink->command.options;
    uint64_t timeout = options->op_timeout_ns, tries = shrink->tries;
    bool *const all[] = { shrink->best };
    *ret_same = false;
    shrink->anew = true; /* run it even if it is remembered, to measure its time */
    shrink->limit_ns = FIRST_LIMIT + 2 * timeout;
    if (shrink->tries < SHRINK_FIRST_TRIES)
        shrink->tries = SHRINK_FIRST_TRIES;
    for (int longer = 0; longer < 2 && !*ret_same; longer++) {
        uint64_t begun = clock_now();
        if (longer && timeout <= OP_TIMEOUT)
            break;
        options->op_timeout_ns = longer || timeout < OP_TIMEOUT ? timeout : OP_TIMEOUT;
        if (shrink_try(shrink, all, 1, ret_same, error) < 0)
            return -1;
        shrink->limit_ns = LEAST_LIMIT + 5 * (clock_now() - begun) + 2 * options->op_timeout_ns;
    }
    shrink->tries = tries;
    shrink->anew = false;
    return 0;
}

static int work(struct shrink *shrink, struct error *error)
{
    bool same;
    if (try_first(shrink, &same, error) < 0)
        return cli_stopped() ? CLI_SIGNAL + cli_stopped() : CLI_HARNESS;
    if (!same && shrink->broken > 0) {
        error_set(error, 0, "%s: the harness itself failed in %" PRIu64 " of %" PRIu64 " runs, so "
                  "it is not known whether the finding comes", shrink->replay->path,
                  shrink->broken, shrink->runs);
        return CLI_HARNESS;
    }
    if (!same) {
        const char *hint = trial_hint(shrink->replay);
        char names[256];
        bool differs = variables_differ(&shrink->replay->variables, names, sizeof names);
        error_set(error, 0, "%s: the finding did not come in %" PRIu64 " runs: %.300s%s%s%s%s",
                  shrink->replay->path, shrink->runs, shrink->replay->bucket, hint ? "; " : "",
                  hint ? hint : "",
                  differs ? "; the environment differs from that of the run in " : "", names);
        return CLI_FINDINGS;
    }
    if (shrink_accept(shrink, shrink->best, error) < 0)
        return CLI_HARNESS;
    int result = shrink_reduce(shrink, error);
    ticker_clear(&shrink->ticker);
    if (result < 0 && !cli_stopped())
        return CLI_HARNESS;
    shrink_print_end(shrink);
    return cli_stopped() ? CLI_SIGNAL + cli_stopped() : CLI_PASSED;
}

static int name_output(struct shrink *shrink, struct error *error)
{
    const char *wanted = shrink->options->output;
    char here[PATH_MAX];
    char *path = NULL;
    if (asprintf(&path, "%s%s", wanted ? wanted : shrink->replay->path, wanted ? "" : ".min") < 0)
        return error_set(error, ENOMEM, "name the output");
    bool absolute = *path == '/';
    if (!absolute && !getcwd(here, sizeof here)) {
        free(path);
        return error_set(error, errno, "cannot tell the current directory");
    }
    int n = snprintf(shrink->output, sizeof shrink->output, "%s%s%s", absolute ? "" : here,
                     absolute ? "" : "/", path);
    free(path);
    return n < (int)sizeof shrink->output - 16 ? 0 : error_set(error, ENAMETOOLONG, "the output");
}

static int prepare(struct shrink *shrink, struct error *error)
{
    if (replay_choose(shrink->options->subject, "shrink", error))
        return -1;
    shrink->replay = replay_read(shrink->options->subject, error);
    if (!shrink->replay)
        return -1;
    const struct replay *replay = shrink->replay;
    if (!replay->bucket)
        return error_set(error, 0, "%s: no 'bucket:' line, so it is not known what to look for",
                         replay->path);
    shrink->tries = shrink->options->tries.given ? shrink->options->tries.value : 1;
    shrink->needed = shrink->options->needed.given ? shrink->options->needed.value : 1;
    if (shrink->needed > shrink->tries)
        return error_set(error, 0, "--needed=%" PRIu64 " is more than --tries=%" PRIu64,
                         shrink->needed, shrink->tries);
    if (name_output(shrink, error) < 0 || trial_prepare(replay, &shrink->command, error) < 0)
        return -1;
    shrink->n_lines = replay->n_lines;
    shrink->n_actors = replay->actors.n;
    shrink->n_faults = replay->injections.n;
    shrink->n_parts = shrink->n_lines + shrink->n_actors + shrink->n_faults;
    shrink->best = malloc((size_t)shrink->n_parts + 1);
    if (!shrink->best)
        return error_set(error, ENOMEM, "shrink");
    memset(shrink->best, true, shrink->n_parts);
    memcpy(shrink->best + shrink->n_lines, replay->takes_part, shrink->n_actors);
    return rundir_make_temporary("shrink", shrink->directory, error);
}

int shrink_run(const struct options *options)
{
    struct error error = { .text = "" }, ignored;
    struct shrink *shrink = calloc(1, sizeof *shrink);
    int status = CLI_USAGE;
    if (!shrink)
        return cli_no_memory();
    shrink->options = options;
    shrink->started_ns = clock_now();
    ticker_init(&shrink->ticker, options->verbosity < 0, CLOCK_NEVER);
    if (prepare(shrink, &error) == 0) {
        cli_catch_signals();
        status = shrink_tries_open(shrink, &error) < 0 ? CLI_HARNESS : work(shrink, &error);
        shrink_tries_close(shrink);
        tree_remove(shrink->directory, &ignored);
    }
    else if (error.code == ENOMEM)
        status = CLI_HARNESS;
    if (error.text[0])
        cli_complain(&error, status);
    replay_free(shrink->replay);
    free(shrink->best);
    free(shrink);
    return status;
}
