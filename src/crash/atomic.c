/* SPDX-License-Identifier: MIT
 * atomic.c: see atomic.h.
 */
#include "crash/atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/base.h"

/* ---- contents ----------------------------------------------------------------------------- */

/* Reads FILE below a directory. */
static struct crash_content content_of(const char *directory, const char *file)
{
    struct crash_content content = { .exists = false };
    static unsigned char bytes[1 << 16];
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    XXH3_state_t *state = fd < 0 ? NULL : XXH3_createState();
    if (!state)
        return content;
    XXH3_64bits_reset(state);
    ssize_t n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0) {
        XXH3_64bits_update(state, bytes, (size_t)n);
        content.size += (uint64_t)n;
    }
    content.exists = n == 0;
    content.hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return content;
}

static bool is_same(const struct crash_content *one, const struct crash_content *other)
{
    return one->exists == other->exists && one->size == other->size && one->hash == other->hash;
}

/* The content in the recorded run at a point: the disk is built for it and removed again. */
static int content_at(const struct crash *crash, struct durable_builder *builder, uint64_t point,
                      struct crash_content *ret, struct error *error)
{
    const struct durable_state state = { .model = DURABLE_PROCESS, .point = point };
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/atomic", crash->directory);
    struct image *image = durable_builder_make(builder, &state);
    if (!image)
        return error_set(error, ENOMEM, "--atomic");
    int at FD_CLEANUP = mkdir(path, 0700) < 0
                            ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = at < 0 ? error_set(error, errno, "cannot make %.500s", path)
                        : image_build(image, RECORDING_DISK, at, NULL, error);
    image_free(image);
    *ret = content_of(path, crash->options->atomic);
    return result < 0 || tree_remove(path, error) < 0 ? -1 : 0;
}

/* ---- operations --------------------------------------------------------------------------- */

static struct crash_contents *find(const struct crash *crash, uint32_t type, uint32_t index,
                                   uint64_t operation)
{
    for (size_t i = crash->n_contents; i-- > 0;) {
        struct crash_contents *known = &crash->contents[i];
        if (known->type == type && known->index == index && known->operation == operation)
            return known;
    }
    return NULL;
}

static struct crash_contents *add(struct crash *crash, const struct recording_step *begin)
{
    struct crash_contents *more =
        realloc(crash->contents, (crash->n_contents + 1) * sizeof *more);
    if (!more)
        return NULL;
    crash->contents = more;
    more[crash->n_contents] = (struct crash_contents){
        .type = begin->node, .index = begin->other, .operation = begin->offset };
    return &more[crash->n_contents++];
}

static int take_edge(struct crash *crash, struct durable_builder *builder, uint64_t step,
                     struct error *error)
{
    const struct recording_step *edge = &crash->recorded.steps.steps[step];
    struct crash_contents *contents = find(crash, edge->node, edge->other, edge->offset);
    if (!contents && edge->kind == RECORDING_BEGIN)
        contents = add(crash, edge);
    if (!contents)
        return error_set(error, ENOMEM, "--atomic");
    return content_at(crash, builder, step,
                      edge->kind == RECORDING_BEGIN ? &contents->before : &contents->after, error);
}

int atomic_prepare(struct crash *crash, struct error *error)
{
    struct durable_builder *builder = durable_builder_new(&crash->recorded.steps, 0);
    bool ever = false;
    int result = builder ? 0 : error_set(error, ENOMEM, "--atomic");
    for (uint64_t i = 0; i < crash->recorded.steps.n_steps && result == 0; i++)
        if (crash->recorded.steps.steps[i].kind == RECORDING_BEGIN ||
            crash->recorded.steps.steps[i].kind == RECORDING_END)
            result = take_edge(crash, builder, i, error);
    durable_builder_free(builder);
    for (size_t i = 0; i < crash->n_contents; i++)
        ever = ever || crash->contents[i].before.exists || crash->contents[i].after.exists;
    if (result == 0 && !ever)
        return error_set(error, 0, "--atomic=%.300s: there is no such file in the scratch "
                         "directory, before an operation or after it", crash->options->atomic);
    return result;
}

void atomic_free(struct crash *crash)
{
    free(crash->contents);
}

/* ---- judging ------------------------------------------------------------------------------ */

/* The operation at the point of a case, and whether its exit status 0 promises the new content: a
 * power cut may take back what the program did not make durable. */
static const struct crash_contents *operation_of(const struct crash *crash, size_t which,
                                                 const struct recording_step *edge,
                                                 const struct session_result *result,
                                                 bool *ret_done)
{
    const struct crash_case *entry = &crash->cases[which];
    const struct share_call *call = &crash->points->points[entry->point];
    *ret_done = result->counted > call->operation;
    if (!crash->by_states)
        return find(crash, call->type, call->index, call->operation);
    if (!edge)
        return NULL;
    *ret_done = edge->kind == RECORDING_END && edge->status == 0 &&
                entry->state.model == DURABLE_PROCESS;
    return find(crash, edge->node, edge->other, edge->offset);
}

void atomic_judge(const struct crash *crash, size_t which, const struct recording_step *edge,
                  const char *scratch, const struct session_result *result, char *title,
                  size_t size)
{
    const char *file = crash->options->atomic;
    bool done;
    const struct crash_contents *contents = operation_of(crash, which, edge, result, &done);
    if (!contents || result->n_findings > 0)
        return;
    const struct crash_content now = content_of(scratch, file);
    bool is_new = is_same(&now, &contents->after), is_old = is_same(&now, &contents->before);
    if (is_new || (is_old && !done))
        return;
    if (is_old)
        snprintf(title, size, "atomic: %.200s is the old one, after exit status 0", file);
    else if (!now.exists)
        snprintf(title, size, "atomic: %.200s is missing", file);
    else
        snprintf(title, size, "atomic: %.200s is neither the old nor the new one: it has %" PRIu64
                 " byte%s", file, now.size, now.size == 1 ? "" : "s");
}
