/* SPDX-License-Identifier: MIT
 * memory.c: see memory.h. A tree of tsearch(3).
 */
#include "shrink/memory.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

struct tried {
    uint64_t key;
    bool same;
};

/* ---- keys -------------------------------------------------------------------------------- */

static uint64_t add_number(uint64_t hash, uint64_t number)
{
    return XXH64(&number, sizeof number, hash);
}

static uint64_t add_text(uint64_t hash, const char *text)
{
    return text ? XXH64(text, strlen(text), hash) : add_number(hash, 0);
}

static uint64_t add_words(uint64_t hash, const struct replay_words *words)
{
    for (uint32_t i = 0; i < words->n; i++)
        hash = add_text(hash, words->word[i]);
    return add_number(hash, words->n);
}

/* Hashes what all candidates have in common. A workload that was rebuilt is a different one. */
static uint64_t identity(const struct shrink *shrink)
{
    const struct replay *replay = shrink->replay;
    struct stat status;
    uint64_t hash = add_text(replay->seed, replay->workload);
    if (stat(shrink->command.subject.path, &status) == 0) {
        hash = add_number(hash, (uint64_t)status.st_mtim.tv_sec);
        hash = add_number(hash, (uint64_t)status.st_mtim.tv_nsec);
        hash = add_number(hash, (uint64_t)status.st_size);
    }
    hash = add_words(add_words(hash, &replay->arguments), &replay->options);
    hash = add_number(add_number(hash, shrink->tries), shrink->needed);
    return add_text(add_text(hash, replay->directory), replay->bucket);
}

uint64_t shrink_memory_key(const struct shrink *shrink, const struct replay *candidate)
{
    uint64_t hash = add_words(shrink->identity, &candidate->injections);
    for (uint32_t i = 0; i < candidate->actors.n; i++)
        if (candidate->takes_part[i])
            hash = add_text(hash, candidate->actors.name[i]);
    for (uint32_t i = 0; i < candidate->n_lines; i++) {
        const struct replay_line *line = &candidate->lines[i];
        hash = add_text(hash, line->actor == REPLAY_RESET ? NULL
                                                          : candidate->actors.name[line->actor]);
        hash = add_number(hash, line->operation);
    }
    return hash;
}

/* ---- the tree ---------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const struct tried *left = a, *right = b;
    return left->key < right->key ? -1 : left->key > right->key;
}

bool shrink_memory_find(const struct shrink *shrink, uint64_t key, bool *ret)
{
    struct tried *const *found = tfind(&(struct tried){ .key = key }, &shrink->memory, compare);
    if (found)
        *ret = (*found)->same;
    return found != NULL;
}

static void keep(struct shrink *shrink, uint64_t key, bool same)
{
    struct tried *const *known = tfind(&(struct tried){ .key = key }, &shrink->memory, compare);
    if (known) {
        (*known)->same = same;
        return;
    }
    struct tried *tried = malloc(sizeof *tried), **place;
    if (!tried)
        return;
    *tried = (struct tried){ key, same };
    place = tsearch(tried, &shrink->memory, compare);
    if (place)
        *place = tried; /* it is; analysers cannot know */
    else
        free(tried);
}

void shrink_memory_add(struct shrink *shrink, uint64_t key, bool same)
{
    keep(shrink, key, same);
    if (shrink->memory_file) {
        fprintf(shrink->memory_file, "%016" PRIx64 " %d\n", key, same);
        fflush(shrink->memory_file);
    }
}

/* ---- the file ---------------------------------------------------------------------------- */

static void file_path(const struct shrink *shrink, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.4000s.tried", shrink->output);
}

/* Ignores lines that it cannot read. */
void shrink_memory_open(struct shrink *shrink)
{
    char path[PATH_MAX];
    uint64_t key;
    int same;
    shrink->identity = identity(shrink);
    file_path(shrink, path);
    FILE *file = fopen(path, "re");
    while (file && fscanf(file, "%" SCNx64 " %d", &key, &same) == 2)
        keep(shrink, key, same == 1);
    if (file)
        fclose(file);
    shrink->memory_file = fopen(path, "ae");
}

void shrink_memory_close(struct shrink *shrink)
{
    char path[PATH_MAX];
    bool empty = !shrink->memory;
    tdestroy(shrink->memory, free);
    shrink->memory = NULL;
    if (shrink->memory_file)
        fclose(shrink->memory_file);
    file_path(shrink, path);
    if (!cli_stopped() || empty)
        remove(path);
}
