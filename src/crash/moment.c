/* SPDX-License-Identifier: MIT
 * moment.c: see moment.h.
 */
#include "crash/moment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes that grow; what was never written is zero. */
struct content {
    unsigned char *bytes; /* Owned */
    size_t size, room;
};

enum { CONTENT_OUTPUT = 2, CONTENTS }; /* behind the memories, as struct recording_step has them */

struct moment {
    const struct recording *steps;
    uint64_t at;                       /* the first step that was not made */
    const struct recording_step *edge; /* NULL: there was none */
    struct content content[CONTENTS];
};

struct moment *moment_new(const struct recording *steps)
{
    struct moment *moment = calloc(1, sizeof *moment);
    if (moment)
        moment->steps = steps;
    return moment;
}

void moment_free(struct moment *moment)
{
    for (int i = 0; moment && i < CONTENTS; i++)
        free(moment->content[i].bytes);
    free(moment);
}

static int put(struct content *content, size_t at, const unsigned char *bytes, size_t n)
{
    if (at + n > content->room) {
        size_t room = 2 * (at + n);
        unsigned char *more = realloc(content->bytes, room);
        if (!more)
            return -1;
        content->bytes = more;
        content->room = room;
    }
    if (at > content->size)
        memset(content->bytes + content->size, 0, at - content->size);
    memcpy(content->bytes + at, bytes, n);
    if (at + n > content->size)
        content->size = at + n;
    return 0;
}

/* A base has the memories anew; what was printed stays printed. */
static int make_step(struct moment *moment, const struct recording_step *step)
{
    const unsigned char *bytes = moment->steps->data + step->data;
    struct content *output = &moment->content[CONTENT_OUTPUT];
    switch (step->kind) {
    case RECORDING_BASE:
        for (int i = 0; i < CONTENT_OUTPUT; i++)
            moment->content[i].size = 0;
        return 0;
    case RECORDING_MEMORY:
        return put(&moment->content[step->node], (size_t)step->offset, bytes,
                   (size_t)step->length);
    case RECORDING_OUTPUT:
        return put(output, output->size, bytes, (size_t)step->length);
    case RECORDING_BEGIN:
    case RECORDING_END:
        moment->edge = step;
        return 0;
    default:
        return 0;
    }
}

int moment_go(struct moment *moment, uint64_t point)
{
    if (point < moment->at) {
        for (int i = 0; i < CONTENTS; i++)
            moment->content[i].size = 0;
        moment->edge = NULL;
        moment->at = 0;
    }
    for (; moment->at < point; moment->at++)
        if (make_step(moment, &moment->steps->steps[moment->at]) < 0)
            return -1;
    return 0;
}

const struct recording_step *moment_edge(const struct moment *moment)
{
    return moment->edge;
}

int moment_fill(const struct moment *moment, unsigned number, int fd, struct error *error)
{
    const struct content *content = &moment->content[number];
    return fd_write_all_at(fd, content->bytes, content->size, 0) < 0
               ? error_set(error, errno, "cannot restore the memory of the workload") : 0;
}

/* Returns how many bytes of the output a torn step had not printed. */
static size_t missing(const struct moment *moment, const struct durable_state *state)
{
    if (state->n_torn == 0)
        return 0;
    const struct recording_step *step = &moment->steps->steps[state->torn[0].step];
    return step->kind == RECORDING_OUTPUT && state->torn[0].keep < step->length
               ? (size_t)(step->length - state->torn[0].keep) : 0;
}

int moment_output(const struct moment *moment, const struct durable_state *state,
                  const char *path, struct error *error)
{
    const struct content *content = &moment->content[CONTENT_OUTPUT];
    size_t n = content->size - missing(moment, state);
    if (n == 0)
        return 0;
    int fd FD_CLEANUP = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return fd < 0 || fd_write_all(fd, content->bytes, n) < 0
               ? error_set(error, errno, "cannot write %.500s", path) : 0;
}
