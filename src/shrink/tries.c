/* SPDX-License-Identifier: MIT
 * tries.c: tries candidates, side by side, each up to `tries` times until the finding comes.
 * What came of a candidate is remembered, also in a file beside the output until the work is done,
 * so that a shrink that was stopped need not do it again.
 */
#include "shrink/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "rundir/rundir.h"

enum { TICK_MS = 100 };

/* ---- what is remembered ------------------------------------------------------------------ */

static uint64_t add_text(uint64_t hash, const char *text)
{
    return random_mix(hash ^ random_actor_key(text ? text : "", 0));
}

static uint64_t add_words(uint64_t hash, const struct replay_words *words)
{
    for (uint32_t i = 0; i < words->n; i++)
        hash = add_text(hash, words->word[i]);
    return random_mix(hash ^ words->n);
}

/* A workload that was made anew is another one. */
static uint64_t identity(const struct shrink *shrink)
{
    const struct replay *replay = shrink->replay;
    struct stat status;
    uint64_t hash = add_text(replay->seed, replay->workload);
    if (stat(shrink->command.subject.path, &status) == 0)
        hash = random_mix(hash ^ (uint64_t)status.st_mtim.tv_nsec ^
                          random_mix((uint64_t)status.st_mtim.tv_sec ^
                                     random_mix((uint64_t)status.st_size)));
    hash = add_words(add_words(hash, &replay->arguments), &replay->options);
    hash = random_mix(hash ^ shrink->tries << 32 ^ shrink->needed);
    return add_text(add_text(hash, replay->directory), replay->bucket);
}

static uint64_t hash_of(const struct shrink *shrink, const struct replay *candidate)
{
    uint64_t hash = add_words(shrink->identity, &candidate->injections);
    for (uint32_t i = 0; i < candidate->actors.n; i++)
        if (candidate->takes_part[i])
            hash = add_text(hash, candidate->actors.name[i]);
    for (uint32_t i = 0; i < candidate->n_lines; i++) {
        const struct replay_line *line = &candidate->lines[i];
        hash = add_text(hash, line->actor == REPLAY_RESET ? NULL
                                                          : candidate->actors.name[line->actor]);
        hash = random_mix(hash ^ line->operation);
    }
    return hash ? hash : 1;
}

static uint32_t slot_of(const struct shrink_memory *memory, uint64_t key)
{
    uint32_t mask = 2 * memory->room - 1, at = (uint32_t)key & mask;
    while (memory->keys[at] && memory->keys[at] != key)
        at = (at + 1) & mask;
    return at;
}

static bool recall(const struct shrink_memory *memory, uint64_t key, bool *ret)
{
    uint32_t at = memory->room ? slot_of(memory, key) : 0;
    if (!memory->room || !memory->keys[at])
        return false;
    *ret = memory->same[at];
    return true;
}

static void grow(struct shrink_memory *memory)
{
    struct shrink_memory next = { .room = memory->room ? 2 * memory->room : 256,
                                  .n = memory->n, .file = memory->file };
    next.keys = calloc(2 * (size_t)next.room, sizeof *next.keys);
    next.same = calloc(2 * (size_t)next.room, sizeof *next.same);
    if (!next.keys || !next.same) {
        free(next.keys);
        free(next.same);
        return;
    }
    for (uint32_t i = 0; i < 2 * memory->room; i++)
        if (memory->keys[i]) {
            uint32_t at = slot_of(&next, memory->keys[i]);
            next.keys[at] = memory->keys[i];
            next.same[at] = memory->same[i];
        }
    free(memory->keys);
    free(memory->same);
    *memory = next;
}

/* Without memory it is tried again. */
static void keep(struct shrink_memory *memory, uint64_t key, bool same)
{
    if (memory->n == memory->room)
        grow(memory);
    if (memory->n == memory->room)
        return;
    uint32_t at = slot_of(memory, key);
    memory->n += memory->keys[at] == 0;
    memory->keys[at] = key;
    memory->same[at] = same;
}

static void remember(struct shrink_memory *memory, uint64_t key, bool same)
{
    keep(memory, key, same);
    if (memory->file) {
        fprintf(memory->file, "%016" PRIx64 " %d\n", key, same);
        fflush(memory->file);
    }
}

static void tried_path(const struct shrink *shrink, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.4000s.tried", shrink->output);
}

/* Lines that make no sense are of no use, and of no harm. */
static void open_memory(struct shrink *shrink)
{
    char path[PATH_MAX];
    uint64_t key;
    int same;
    tried_path(shrink, path);
    FILE *file = fopen(path, "re");
    while (file && fscanf(file, "%" SCNx64 " %d", &key, &same) == 2)
        if (key)
            keep(&shrink->memory, key, same == 1);
    if (file)
        fclose(file);
    shrink->memory.file = fopen(path, "ae"); /* it can do without */
}

/* ---- trying ------------------------------------------------------------------------------ */

int shrink_tries_open(struct shrink *shrink, struct error *error)
{
    const struct options_number *jobs = &shrink->options->jobs;
    uint64_t wanted = jobs->given ? jobs->value : 1;
    shrink->identity = identity(shrink);
    open_memory(shrink);
    for (unsigned i = 0; i < SHRINK_JOBS && i < wanted; i++, shrink->n_trials++)
        if (trial_open(&shrink->trials[i], error) < 0)
            return -1;
    return 0;
}

void shrink_tries_close(struct shrink *shrink)
{
    char path[PATH_MAX];
    trial_stop(shrink->trials, shrink->n_trials);
    for (unsigned i = 0; i < shrink->n_trials; i++)
        trial_close(&shrink->trials[i]);
    free(shrink->memory.keys);
    free(shrink->memory.same);
    if (shrink->memory.file)
        fclose(shrink->memory.file);
    tried_path(shrink, path);
    if (!shrink_signal || shrink->memory.n == 0)
        remove(path);
}

/* What is known of the candidates under way. */
struct tries {
    struct replay *replay[SHRINK_JOBS];
    uint64_t key[SHRINK_JOBS];
    uint64_t left[SHRINK_JOBS]; /* runs it still has; 0: decided */
    uint64_t shown[SHRINK_JOBS]; /* runs that showed the finding */
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
    return trial_start(trial, &plan, error);
}

static int begin(struct shrink *shrink, bool *const *candidates, struct tries *tries,
                 struct error *error)
{
    for (unsigned i = 0; i < tries->n; i++) {
        tries->replay[i] = shrink_candidate(shrink, candidates[i]);
        if (!tries->replay[i])
            return error_set(error, ENOMEM, "shrink");
        tries->key[i] = hash_of(shrink, tries->replay[i]);
        if (!shrink->anew && recall(&shrink->memory, tries->key[i], &tries->same[i])) {
            shrink->remembered++;
            continue;
        }
        tries->left[i] = shrink->tries;
        if (start(shrink, tries, i, error) < 0)
            return -1;
    }
    return 0;
}

/* One run ended: the candidate is decided, or has another one. */
static int judge(struct shrink *shrink, struct tries *tries, const struct trial *trial,
                 struct error *error)
{
    struct error ignored;
    unsigned which = (unsigned)(trial - shrink->trials);
    const struct trial_outcome *outcome = trial->outcome;
    tree_remove(trial->directory, &ignored);
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
    remember(&shrink->memory, tries->key[which], tries->same[which]);
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
    while (result == 0 && !shrink_signal && !are_decided(&tries)) {
        struct trial *trial = trial_wait(shrink->trials, n, TICK_MS);
        if (trial)
            result = judge(shrink, &tries, trial, error);
        shrink_progress(shrink, false);
    }
    trial_stop(shrink->trials, n);
    for (unsigned i = 0; i < n; i++)
        shrink_candidate_free(tries.replay[i]);
    if (result == 0 && shrink_signal) {
        error->text[0] = '\0';
        return -1;
    }
    return result;
}
