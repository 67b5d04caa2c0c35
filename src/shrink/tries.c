/* SPDX-License-Identifier: MIT
 * tries.c: tries candidates in parallel, each up to `tries` times until it is decided.
 */
#include "shrink/tries.h"

#include <errno.h>
#include <inttypes.h>

#include "base/base.h"
#include "shrink/candidate.h"
#include "shrink/memory.h"
#include "shrink/progress.h"

int shrink_tries_open(struct shrink *shrink, struct error *error)
{
    const struct options_number *jobs = &shrink->options->jobs;
    uint64_t wanted = jobs->given ? jobs->value : 1;
    shrink_memory_open(shrink);
    for (unsigned i = 0; i < SHRINK_JOBS && i < wanted; i++, shrink->n_trials++)
        if (trial_open(&shrink->trials[i], error) < 0)
            return -1;
    return 0;
}

void shrink_tries_close(struct shrink *shrink)
{
    trial_stop(&shrink->jobs);
    for (unsigned i = 0; i < shrink->n_trials; i++)
        trial_close(&shrink->trials[i]);
    shrink_memory_close(shrink);
}

enum { MOST_LOST = 3 }; /* in a row */

/* The state of the candidates that are being tried. */
struct tries {
    struct replay *replay[SHRINK_JOBS];
    uint64_t key[SHRINK_JOBS];
    uint64_t left[SHRINK_JOBS]; /* runs that it still has; 0: decided */
    uint64_t shown[SHRINK_JOBS]; /* runs that showed the finding */
    unsigned lost[SHRINK_JOBS];  /* consecutive runs that were ended from outside */
    bool *same;
    unsigned n;
};

static int start(struct shrink *shrink, const struct tries *tries, unsigned which,
                 struct error *error)
{
    struct trial *trial = &shrink->trials[which];
    const struct trial_plan plan = { .command = &shrink->command, .replay = tries->replay[which],
                                     .limit_ns = shrink->limit_ns, .silent = shrink->runs > 0,
                                     .serial_wait_ns = CLOCK_SECOND };
    snprintf(trial->directory, sizeof trial->directory, "%.4000s/%06" PRIu64, shrink->directory,
             shrink->runs++);
    return trial_start(trial, &shrink->jobs, &plan, error);
}

static int begin(struct shrink *shrink, bool *const *candidates, struct tries *tries,
                 struct error *error)
{
    for (unsigned i = 0; i < tries->n; i++) {
        tries->replay[i] = shrink_candidate(shrink, candidates[i]);
        if (!tries->replay[i])
            return error_set(error, ENOMEM, "shrink");
        tries->key[i] = shrink_memory_key(shrink, tries->replay[i]);
        if (!shrink->anew && shrink_memory_find(shrink, tries->key[i], &tries->same[i])) {
            shrink->remembered++;
            continue;
        }
        tries->left[i] = shrink->tries;
        if (start(shrink, tries, i, error) < 0)
            return -1;
    }
    return 0;
}

/* Repeats a run whose process was ended from outside. */
static int start_again(struct shrink *shrink, struct tries *tries, unsigned which,
                       struct error *error)
{
    if (++tries->lost[which] < MOST_LOST)
        return start(shrink, tries, which, error);
    return error_set(error, 0, "%s: the process of a run was ended from outside %d times in a row "
                     "(status %#x), so it is not known whether the finding comes",
                     shrink->replay->path, MOST_LOST,
                     (unsigned)shrink->trials[which].job.status);
}

/* Evaluates a run that has ended: decides the candidate, or starts its next run. */
static int judge(struct shrink *shrink, struct tries *tries, const struct trial *trial,
                 struct error *error)
{
    struct error ignored;
    unsigned which = (unsigned)(trial - shrink->trials);
    const struct trial_outcome *outcome = trial->outcome;
    tree_remove(trial->directory, &ignored);
    if (!outcome->finished && !trial->job.late && !trial->job.stopped)
        return start_again(shrink, tries, which, error);
    tries->lost[which] = 0;
    if (outcome->finished && outcome->status > CLI_FINDINGS &&
        outcome->status != CLI_HARNESS && shrink->runs == 1)
        return error_set(error, 0, "the workload cannot be run");
    tries->shown[which] += outcome->finished && outcome->result.same;
    shrink->broken += outcome->finished && outcome->status == CLI_HARNESS &&
                      outcome->result.n_findings == 0;
    tries->same[which] = tries->shown[which] >= shrink->needed;
    tries->left[which]--;
    if (!tries->same[which] && tries->shown[which] + tries->left[which] >= shrink->needed)
        return start(shrink, tries, which, error);
    tries->left[which] = 0;
    shrink_memory_add(shrink, tries->key[which], tries->same[which]);
    return 0;
}

static bool are_decided(const struct tries *tries)
{
    for (unsigned i = 0; i < tries->n; i++)
        if (tries->left[i] > 0)
            return false;
    return true;
}

int shrink_try(struct shrink *shrink, bool *const *candidates, unsigned n, bool *ret_same,
               struct error *error)
{
    struct tries tries = { .n = n, .same = ret_same };
    int result = begin(shrink, candidates, &tries, error);
    while (result == 0 && !cli_stopped() && !are_decided(&tries)) {
        struct trial *trial = trial_wait(&shrink->jobs, shrink->ticker.next_ns);
        if (trial)
            result = judge(shrink, &tries, trial, error);
        shrink_progress(shrink);
    }
    trial_stop(&shrink->jobs);
    for (unsigned i = 0; i < n; i++)
        shrink_candidate_free(tries.replay[i]);
    if (result == 0 && cli_stopped()) {
        error->text[0] = '\0';
        return -1;
    }
    return result;
}
