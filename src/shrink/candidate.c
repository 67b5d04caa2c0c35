/* SPDX-License-Identifier: MIT
 * candidate.c: see candidate.h.
 */
#include "shrink/candidate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct replay *shrink_candidate(const struct shrink *shrink, const bool *parts)
{
    const struct replay *from = shrink->replay;
    struct replay *to = malloc(sizeof *to);
    if (!to)
        return NULL;
    *to = *from;
    to->n_lines = to->injections.n = 0;
    to->lines = calloc((size_t)from->n_lines + 1, sizeof *to->lines);
    to->takes_part = calloc((size_t)from->actors.n + 1, sizeof *to->takes_part);
    if (!to->lines || !to->takes_part) {
        shrink_candidate_free(to);
        return NULL;
    }
    memcpy(to->takes_part, parts + shrink->n_lines, shrink->n_actors);
    for (uint32_t i = 0; i < shrink->n_lines; i++)
        if (parts[i])
            to->lines[to->n_lines++] = from->lines[i];
    for (uint32_t i = 0; i < shrink->n_faults; i++)
        if (parts[shrink->n_lines + shrink->n_actors + i])
            to->injections.word[to->injections.n++] = from->injections.word[i];
    return to;
}

void shrink_candidate_free(struct replay *candidate)
{
    if (!candidate)
        return;
    free(candidate->lines);
    free(candidate->takes_part);
    free(candidate);
}

static int write_file(const struct shrink *shrink, const struct replay *replay,
                      struct error *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.4000s.tmp", shrink->output);
    FILE *file = fopen(path, "we");
    if (!file)
        return error_set(error, errno, "cannot write %.400s", path);
    replay_print(file, replay);
    bool failed = ferror(file);
    if (fclose(file) != 0 || failed || rename(path, shrink->output) < 0)
        return error_set(error, errno, "cannot write %.400s", shrink->output);
    return 0;
}

int shrink_accept(struct shrink *shrink, const bool *parts, struct error *error)
{
    memcpy(shrink->best, parts, shrink->n_parts);
    struct replay *replay = shrink_candidate(shrink, parts);
    if (!replay)
        return error_set(error, ENOMEM, "shrink");
    replay->cut = 0;
    int result = write_file(shrink, replay, error);
    shrink_candidate_free(replay);
    return result;
}
