/* SPDX-License-Identifier: MIT
 * keep.c: see keep.h.
 */
#include "crash/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "crash/finding.h"
#include "crash/loss.h"
#include "crash/recovery.h"
#include "crash/site.h"
#include "rundir/rundir.h"

enum { MOST_LOSSES = 1 << 20 };
static const char magic[] = "stress-supervisor state 1\n";

const char *keep_name(const struct crash *crash, size_t finding, char *to, size_t size)
{
    const struct crash_case *entry = &crash->cases[crash->findings[finding].first];
    const struct crash_fault *fault = &crash->faults[entry->fault];
    snprintf(to, size, "findings/%04zu-%s-%s", finding + 1,
             wire_finding_kind_name((enum wire_finding_kind)entry->kind),
             fault->power ? durable_model_name(fault->model) : "kill");
    return to;
}

char *keep_command(const struct crash *crash, size_t finding)
{
    struct options options = *crash->options;
    char name[128], path[PATH_MAX + 160];
    snprintf(path, sizeof path, "%s/%s/state", crash->directory,
             keep_name(crash, finding, name, sizeof name));
    options.state = path;
    options.output = NULL;
    options.required.n = 0;
    options.points = options.jobs = options.time_limit = (struct options_number){ false, 0 };
    options.recovery = false;
    options.calls = options.fault = options.model = options.path = options.not_path =
        options.witness = NULL;
    options.method = OPTIONS_AUTO;
    return options_command_line(&options, crash->seed);
}

/* ---- writing ------------------------------------------------------------------------------ */

static void write_lines(const struct durable_state *state, FILE *file)
{
    fprintf(file, "model %s\npoint %" PRIu64 "\nwitness %" PRIu64 "\n",
            durable_model_name(state->model), state->point, state->witness);
    for (size_t i = 0; i < state->n_lost; i++)
        fprintf(file, "lost %" PRIu64 "\n", state->lost[i]);
    for (size_t i = 0; i < state->n_torn; i++)
        fprintf(file, "torn %" PRIu64 " %" PRIu64 "\n", state->torn[i].step, state->torn[i].keep);
}

/* The state of the run, and of its reset if the case has one. */
static void write_state(const struct crash *crash, const struct crash_case *entry, FILE *file)
{
    fputs(magic, file);
    if (entry->recovery) {
        write_lines(&crash->cases[entry->after].state, file);
        fprintf(file, "reset %zu\n", entry->recovery->after);
    }
    write_lines(&entry->state, file);
}

/* The stack of the call that took a step, if it has names. `fate`: what became of it. */
static void write_stack(const struct crash_source *source, uint64_t step, const char *fate,
                        FILE *file)
{
    json_t *stack = *site_text(source, step) ? site_stack(source, step) : NULL, *line;
    size_t i;
    if (stack)
        fprintf(file, "\nstep %" PRIu64 ", %s, was taken by\n", step, fate);
    json_array_foreach(stack, i, line)
        fprintf(file, "    %s\n", json_string_value(line));
    json_decref(stack);
}

static const char *const fates[] = { [LOSS_IS_DURABLE] = "durable", [LOSS_IS_KEPT] = "kept",
                                     [LOSS_IS_LOST] = "LOST", [LOSS_IS_TORN] = "TORN" };

/* All steps up to the point: whether the state has them. */
static void write_steps_of(const struct crash_source *source, const struct durable_state *state,
                           FILE *file)
{
    struct loss_set set;
    char text[2 * LOSS_TEXT];
    if (loss_of_state(source, state, &set) < 0)
        return;
    for (uint64_t i = 0; i < state->point; i++) {
        uint64_t keep;
        bool changes = durable_changes(&source->steps.steps[i]);
        enum loss_kind fate = loss_fate(state, &set, i, &keep);
        loss_step(source, i, keep, text, sizeof text);
        if (*text)
            fprintf(file, "%8" PRIu64 "  %-8s %s\n", i, changes ? fates[fate] : "", text);
    }
    free(set.pending);
}

static void write_steps(const struct crash *crash, const struct crash_finding *finding, FILE *file)
{
    const struct crash_case *entry = &crash->cases[finding->first];
    const struct crash_source *source = recovery_source(crash, entry);
    char text[2 * LOSS_TEXT];
    fprintf(file, "%s\n", finding_headline(crash, finding, text, sizeof text));
    if (finding->repair)
        fprintf(file, "repair: %s\n", finding->repair);
    fprintf(file, "\n%8s  %-8s %s\n", "step", "", "what");
    if (entry->recovery) {
        write_steps_of(&crash->recorded, &crash->cases[entry->after].state, file);
        fprintf(file, "%8s  the crash; the reset begins\n", "");
    }
    write_steps_of(source, &entry->state, file);
    fprintf(file, "%8s  the crash\n", "");
    write_stack(source, finding->lost, "the first that was lost", file);
    write_stack(source, finding->kept, "the last that was kept", file);
}

static FILE *open_in(int at, const char *name, struct error *error)
{
    int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file) {
        error_set(error, errno, "cannot write %.100s", name);
        fd_close(&fd);
    }
    return file;
}

static int close_file(FILE *file, const char *name, struct error *error)
{
    bool failed = ferror(file) != 0;
    return fclose(file) != 0 || failed ? error_set(error, errno, "cannot write %.100s", name) : 0;
}

static int write_disk(const struct crash_source *source, const struct durable_state *state, int at,
                      struct error *error)
{
    struct image *image = durable_builder_make(source->builder, state);
    int disk FD_CLEANUP = mkdirat(at, "disk", 0777) < 0
                              ? -1 : openat(at, "disk", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = !image    ? error_set(error, ENOMEM, "cannot build a state")
                 : disk < 0 ? error_set(error, errno, "cannot make disk/")
                            : image_build(image, RECORDING_DISK, disk, NULL, error);
    image_free(image);
    return result;
}

static int write_texts(const struct crash *crash, size_t finding, int at, struct error *error)
{
    const struct crash_finding *known = &crash->findings[finding];
    FILE *file = open_in(at, "steps.txt", error);
    if (!file)
        return -1;
    write_steps(crash, known, file);
    if (close_file(file, "steps.txt", error) < 0 || !(file = open_in(at, "state", error)))
        return -1;
    write_state(crash, &crash->cases[known->first], file);
    if (close_file(file, "state", error) < 0 || !(file = open_in(at, "reproduce.txt", error)))
        return -1;
    char *command = keep_command(crash, finding);
    options_print_directory(file);
    fprintf(file, "%s\n", command ? command : "");
    free(command);
    return close_file(file, "reproduce.txt", error);
}

static int keep_one(const struct crash *crash, size_t finding, struct error *error)
{
    char name[128], path[PATH_MAX + 160];
    snprintf(path, sizeof path, "%s/%s", crash->directory,
             keep_name(crash, finding, name, sizeof name));
    if (mkdir(path, 0777) < 0)
        return error_set(error, errno, "cannot make %.500s", path);
    int at FD_CLEANUP = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return error_set(error, errno, "cannot open %.500s", path);
    const struct crash_case *entry = &crash->cases[crash->findings[finding].first];
    return write_disk(recovery_source(crash, entry), &entry->state, at, error) < 0
               ? -1 : write_texts(crash, finding, at, error);
}

/* The definition of the workload lies with the recording: numbers of actors are those after setup.
 */
static int write_definition(const struct crash *crash, struct error *error)
{
    int at FD_CLEANUP = open(crash->recording, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return error_set(error, errno, "cannot open %.500s", crash->recording);
    return rundir_write(at, "definition", &crash->definition, sizeof crash->definition, error);
}

static int read_definition(const char *directory, struct definition *ret, struct error *error)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/definition", directory);
    FILE *file = fopen(path, "re");
    bool read = file && fread(ret, sizeof *ret, 1, file) == 1;
    if (file)
        fclose(file);
    return read ? definition_check(ret, error) : error_set(error, 0, "cannot read %.500s", path);
}

int keep_findings(const struct crash *crash, struct error *error)
{
    char path[PATH_MAX + 16];
    if (!crash->by_states || crash->n_findings == 0)
        return 0;
    if (write_definition(crash, error) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/findings", crash->directory);
    if (mkdir(path, 0777) < 0)
        return error_set(error, errno, "cannot make %.500s", path);
    for (size_t i = 0; i < crash->n_findings && i < KEEP_MOST; i++)
        if (keep_one(crash, i, error) < 0)
            return -1;
    return 0;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Adds a loss, in order. */
static bool add_lost(struct durable_state *state, uint64_t step)
{
    uint64_t *more = state->n_lost == MOST_LOSSES
                         ? NULL : realloc(state->lost, (state->n_lost + 1) * sizeof *more);
    if (!more)
        return false;
    state->lost = more;
    bool sorted = state->n_lost == 0 || state->lost[state->n_lost - 1] < step;
    state->lost[state->n_lost++] = step;
    return sorted;
}

static bool add_torn(struct durable_state *state, uint64_t step, uint64_t keep)
{
    struct durable_torn *more = NULL;
    if (state->n_torn < MOST_LOSSES)
        more = realloc(state->torn, (state->n_torn + 1) * sizeof *more);
    if (!more)
        return false;
    state->torn = more;
    bool sorted = state->n_torn == 0 || state->torn[state->n_torn - 1].step < step;
    state->torn[state->n_torn++] = (struct durable_torn){ step, keep };
    return sorted;
}

static bool is_end(const char *rest)
{
    return strcmp(rest, "\n") == 0;
}

static bool read_line(const char *line, struct durable_state *state)
{
    uint64_t step, keep;
    char name[16];
    int end = 0;
    if (sscanf(line, "model %15s%n", name, &end) == 1) {
        int model = durable_model_parse(name);
        state->model = (enum durable_model)model;
        return model >= 0 && is_end(line + end);
    }
    if (sscanf(line, "point %" SCNu64 "%n", &state->point, &end) == 1 ||
        sscanf(line, "witness %" SCNu64 "%n", &state->witness, &end) == 1)
        return is_end(line + end);
    if (sscanf(line, "lost %" SCNu64 "%n", &step, &end) == 1)
        return is_end(line + end) && add_lost(state, step);
    return sscanf(line, "torn %" SCNu64 " %" SCNu64 "%n", &step, &keep, &end) == 2 &&
           is_end(line + end) && add_torn(state, step, keep);
}

static bool is_sane(const struct recording *steps, const struct durable_state *state)
{
    bool sane = state->point <= steps->n_steps && state->witness <= state->point;
    for (size_t i = 0; i < state->n_lost; i++)
        sane = sane && state->lost[i] < state->point;
    for (size_t i = 0; i < state->n_torn; i++)
        sane = sane && state->torn[i].step < state->point;
    return sane;
}

/* What came before was the state of the run; what follows is that of its reset. */
static bool begin_reset(const char *line, struct keep_state *ret)
{
    int end = 0;
    if (ret->in_reset || sscanf(line, "reset %zu%n", &ret->after, &end) != 1 ||
        !is_end(line + end))
        return false;
    ret->in_reset = true;
    ret->run = ret->state;
    ret->state = (struct durable_state){ .model = DURABLE_PROCESS };
    return true;
}

static int read_state(FILE *file, const char *path, struct keep_state *ret, struct error *error)
{
    char line[128];
    unsigned number = 1;
    if (!fgets(line, sizeof line, file) || strcmp(line, magic) != 0)
        return error_set(error, 0, "%.500s: not a state: it begins with '%.*s'", path,
                         (int)sizeof magic - 2, magic);
    while (fgets(line, sizeof line, file)) {
        number++;
        if (!begin_reset(line, ret) && !read_line(line, &ret->state))
            return error_set(error, 0, "%.500s:%u: not a line of a state", path, number);
    }
    return 0;
}

/* The recordings lie in DIRECTORY/recording; the state, in DIRECTORY/findings/NAME. */
static int open_recordings(const char *path, struct crash *crash, const struct keep_state *state,
                           struct error *error)
{
    char directory[PATH_MAX + 64];
    const char *slash = strrchr(path, '/');
    snprintf(crash->recording, sizeof crash->recording, "%.*s/../../recording",
             slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (recording_open(crash->recording, &crash->recorded.steps, error) < 0 ||
        read_definition(crash->recording, &crash->definition, error) < 0)
        return -1;
    if (!state->in_reset)
        return is_sane(&crash->recorded.steps, &state->state)
                   ? 0 : error_set(error, 0, "%.500s: not a state of %.500s", path,
                                   crash->recording);
    recovery_directory(crash, state->after, directory, sizeof directory);
    if (recovery_open(crash, 0, directory, error) < 0)
        return -1;
    return crash->n_recoveries > 0 && is_sane(&crash->recorded.steps, &state->run) &&
                   is_sane(&crash->recoveries[0]->source.steps, &state->state)
               ? 0 : error_set(error, 0, "%.500s: not a state of %.500s", path, directory);
}

int keep_read(const char *path, struct crash *crash, struct keep_state *ret, struct error *error)
{
    FILE *file = fopen(path, "re");
    *ret = (struct keep_state){ .in_reset = false };
    if (!file)
        return error_set(error, errno, "cannot read %.500s", path);
    int result = read_state(file, path, ret, error);
    fclose(file);
    return result < 0 ? -1 : open_recordings(path, crash, ret, error);
}

void keep_free(struct keep_state *state)
{
    durable_state_free(&state->run);
    durable_state_free(&state->state);
}
