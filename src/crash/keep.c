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
    options.calls = options.fault = options.model = options.path = options.not_path =
        options.witness = NULL;
    options.method = OPTIONS_AUTO;
    return options_command_line(&options, crash->seed);
}

/* ---- writing ------------------------------------------------------------------------------ */

static void write_state(const struct durable_state *state, FILE *file)
{
    fprintf(file, "%smodel %s\npoint %" PRIu64 "\nwitness %" PRIu64 "\n", magic,
            durable_model_name(state->model), state->point, state->witness);
    for (size_t i = 0; i < state->n_lost; i++)
        fprintf(file, "lost %" PRIu64 "\n", state->lost[i]);
    for (size_t i = 0; i < state->n_torn; i++)
        fprintf(file, "torn %" PRIu64 " %" PRIu64 "\n", state->torn[i].step, state->torn[i].keep);
}

/* The stack of the call that took a step, if it has names. `fate`: what became of it. */
static void write_stack(const struct crash *crash, uint64_t step, const char *fate, FILE *file)
{
    json_t *stack = *site_text(crash, step) ? site_stack(crash, step) : NULL, *line;
    size_t i;
    if (stack)
        fprintf(file, "\nstep %" PRIu64 ", %s, was taken by\n", step, fate);
    json_array_foreach(stack, i, line)
        fprintf(file, "    %s\n", json_string_value(line));
    json_decref(stack);
}

/* All steps up to the point: whether the state has them. */
static void write_steps(const struct crash *crash, const struct crash_finding *finding, FILE *file)
{
    static const char *const fates[] = { [LOSS_IS_DURABLE] = "durable", [LOSS_IS_KEPT] = "kept",
                                         [LOSS_IS_LOST] = "LOST", [LOSS_IS_TORN] = "TORN" };
    const struct durable_state *state = &crash->cases[finding->first].state;
    struct loss_set set;
    char text[2 * LOSS_TEXT];
    fprintf(file, "%s\n", finding_headline(crash, finding, text, sizeof text));
    if (finding->repair)
        fprintf(file, "repair: %s\n", finding->repair);
    fprintf(file, "\n%8s  %-8s %s\n", "step", "", "what");
    if (loss_of_state(crash, state, &set) < 0)
        return;
    for (uint64_t i = 0; i < state->point; i++) {
        uint64_t keep;
        bool changes = durable_changes(&crash->steps.steps[i]);
        enum loss_kind fate = loss_fate(state, &set, i, &keep);
        loss_step(crash, i, keep, text, sizeof text);
        if (*text)
            fprintf(file, "%8" PRIu64 "  %-8s %s\n", i, changes ? fates[fate] : "", text);
    }
    fprintf(file, "%8s  the crash\n", "");
    write_stack(crash, finding->lost, "the first that was lost", file);
    write_stack(crash, finding->kept, "the last that was kept", file);
    free(set.pending);
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

static int write_disk(const struct crash *crash, const struct durable_state *state, int at,
                      struct error *error)
{
    struct image *image = durable_builder_make(crash->builder, state);
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
    write_state(&crash->cases[known->first].state, file);
    if (close_file(file, "state", error) < 0 || !(file = open_in(at, "reproduce.txt", error)))
        return -1;
    char *command = keep_command(crash, finding);
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
    return write_disk(crash, &crash->cases[crash->findings[finding].first].state, at, error) < 0
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

static int read_state(FILE *file, const char *path, struct durable_state *ret,
                      struct error *error)
{
    char line[128];
    unsigned number = 1;
    if (!fgets(line, sizeof line, file) || strcmp(line, magic) != 0)
        return error_set(error, 0, "%.500s: not a state: it begins with '%.*s'", path,
                         (int)sizeof magic - 2, magic);
    while (fgets(line, sizeof line, file)) {
        number++;
        if (!read_line(line, ret))
            return error_set(error, 0, "%.500s:%u: not a line of a state", path, number);
    }
    return 0;
}

int keep_read(const char *path, struct crash *crash, struct durable_state *ret,
              struct error *error)
{
    char directory[PATH_MAX];
    FILE *file = fopen(path, "re");
    *ret = (struct durable_state){ .model = DURABLE_PROCESS };
    if (!file)
        return error_set(error, errno, "cannot read %.500s", path);
    int result = read_state(file, path, ret, error);
    fclose(file);
    if (result < 0)
        return -1;
    /* DIRECTORY/findings/NAME/state */
    const char *slash = strrchr(path, '/');
    snprintf(directory, sizeof directory, "%.*s/../../recording",
             slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (recording_open(directory, &crash->steps, error) < 0 ||
        read_definition(directory, &crash->definition, error) < 0)
        return -1;
    return is_sane(&crash->steps, ret)
               ? 0 : error_set(error, 0, "%.500s: not a state of %.500s", path, directory);
}
