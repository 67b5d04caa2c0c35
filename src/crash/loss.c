/* SPDX-License-Identifier: MIT
 * loss.c: see loss.h.
 */
#include "crash/loss.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash/address.h"
#include "crash/site.h"

enum { DEEPEST = 64 };

/* ---- paths -------------------------------------------------------------------------------- */

/* Does the step give the node a name? */
static bool names(const struct recording_step *step, uint32_t node, uint32_t *ret_dir,
                  uint64_t *ret_name)
{
    bool links = step->kind == RECORDING_LINK && step->node == node;
    bool moves = (step->kind == RECORDING_RENAME || step->kind == RECORDING_EXCHANGE) &&
                 step->node == node;
    bool moves_back = step->kind == RECORDING_EXCHANGE && step->other == node;
    *ret_dir = links || moves_back ? step->dir : step->dir2;
    *ret_name = links || moves_back ? step->name : step->name2;
    return links || moves || moves_back;
}

/* Finds the name that a node had before a step; if it had none, the first one that it got. */
static bool find_name(const struct recording *recording, uint32_t node, uint64_t before,
                      uint32_t *ret_dir, uint64_t *ret_name)
{
    for (uint64_t i = before; i-- > 0;)
        if (names(&recording->steps[i], node, ret_dir, ret_name))
            return true;
    for (uint64_t i = before; i < recording->n_steps; i++)
        if (names(&recording->steps[i], node, ret_dir, ret_name))
            return true;
    return false;
}

const char *loss_path(const struct recording *recording, uint32_t node, uint64_t before,
                        char *to, size_t size)
{
    char path[LOSS_TEXT] = "", longer[LOSS_TEXT];
    uint32_t dir = 0;
    uint64_t name = 0;
    if (node == RECORDING_DISK)
        snprintf(path, sizeof path, ".");
    for (int depth = 0; depth < DEEPEST && node >= RECORDING_ROOTS; depth++, node = dir) {
        if (!find_name(recording, node, before, &dir, &name)) {
            snprintf(path, sizeof path, "a file without a name");
            break;
        }
        snprintf(longer, sizeof longer, "%.200s%s%.300s", recording_name(recording, name),
                 *path ? "/" : "", path);
        memcpy(path, longer, sizeof path);
    }
    snprintf(to, size, "%s", path);
    return to;
}

/* ---- steps -------------------------------------------------------------------------------- */

static const char *call_of_step(const struct recording *recording,
                                const struct recording_step *step, char *to, size_t size)
{
    if (step->flags & RECORDING_MAPPED)
        snprintf(to, size, "stored through a mapping");
    else if (step->call == RECORDING_NONE && step->kind == RECORDING_SYNC) /* while hooks ran */
        snprintf(to, size, "%s", step->flags & RECORDING_DATA_ONLY ? "fdatasync" : "fsync");
    else if (step->call == RECORDING_NONE && step->kind == RECORDING_SYNC_ALL)
        snprintf(to, size, "sync");
    else if (step->call == RECORDING_NONE)
        snprintf(to, size, "changed");
    else
        call_name(recording->calls[step->call].call.number, to, size);
    return to;
}

/* The name in a directory that the step is about. */
static const char *entry_of(const struct recording *recording, uint32_t dir, uint64_t name,
                            uint64_t before, char *to, size_t size)
{
    char parent[LOSS_TEXT];
    loss_path(recording, dir, before, parent, sizeof parent);
    bool top = strcmp(parent, ".") == 0;
    snprintf(to, size, "%.250s%s%.250s", top ? "" : parent, top ? "" : "/",
             recording_name(recording, name));
    return to;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void say_bytes(const struct recording *recording, const struct recording_step *step,
                      const char *path, uint64_t keep, const char *site, char *to, size_t size)
{
    char call[64], part[64] = "";
    call_of_step(recording, step, call, sizeof call);
    if (keep < step->length)
        snprintf(part, sizeof part, ", after the first %" PRIu64 " byte%s", keep,
                 plural(keep));
    snprintf(to, size, "the data of %.300s (%s at %" PRIu64 ", %" PRIu64 " byte%s%s%s)", path,
             call, step->offset, step->length, plural(step->length), part, site);
}

static void say_rename(const struct recording *recording, uint64_t number, uint64_t keep,
                       const char *site, char *to, size_t size)
{
    const struct recording_step *step = &recording->steps[number];
    char from[LOSS_TEXT], onto[LOSS_TEXT];
    entry_of(recording, step->dir, step->name, number, from, sizeof from);
    entry_of(recording, step->dir2, step->name2, number, onto, sizeof onto);
    snprintf(to, size, "the %s of %.200s %s %.200s%s%s%s%s",
             step->kind == RECORDING_EXCHANGE ? "exchange"
             : keep == 0                      ? "removal by the rename" : "rename", from,
             step->kind == RECORDING_EXCHANGE ? "with"
             : step->other == RECORDING_NONE  ? "to" : "over", onto,
             keep == IMAGE_CLEAR ? ", which is gone all the same" : "", *site ? " (" : "",
             *site ? site + 2 : "", *site ? ")" : "");
}

/* `site`: of the step, with a comma before it. */
static const char *say_step(const struct recording *recording, uint64_t number, uint64_t keep,
                            const char *site, char *to, size_t size)
{
    const struct recording_step *step = &recording->steps[number];
    char path[LOSS_TEXT], call[64];
    bool of_name = step->kind == RECORDING_LINK || step->kind == RECORDING_UNLINK;
    if (of_name)
        entry_of(recording, step->dir, step->name, number, path, sizeof path);
    else
        loss_path(recording, step->node, number, path, sizeof path);
    call_of_step(recording, step, call, sizeof call);
    switch ((enum recording_kind)step->kind) {
    case RECORDING_WRITE:
        say_bytes(recording, step, path, keep, site, to, size);
        break;
    case RECORDING_RENAME:
    case RECORDING_EXCHANGE:
        say_rename(recording, number, keep, site, to, size);
        break;
    case RECORDING_ZERO:
        snprintf(to, size, "the zeros in %.300s (%s at %" PRIu64 ", %" PRIu64 " byte%s%s)", path,
                 call, step->offset, step->length, plural(step->length), site);
        break;
    case RECORDING_SIZE:
        snprintf(to, size, "the size of %.300s (%s to %" PRIu64 " byte%s%s)", path, call,
                 step->length, plural(step->length), site);
        break;
    case RECORDING_LINK:
        snprintf(to, size, "the name %.300s (%s%s)", path, call, site);
        break;
    case RECORDING_UNLINK:
        snprintf(to, size, "the removal of %.300s (%s%s)", path, call, site);
        break;
    case RECORDING_MODE:
        snprintf(to, size, "the permissions of %.300s (%s%s)", path, call, site);
        break;
    case RECORDING_TIMES:
        snprintf(to, size, "the time of %.300s (%s%s)", path, call, site);
        break;
    case RECORDING_SYNC:
        snprintf(to, size, "%s of %.300s%s%s%s", call, path, *site ? " (" : "",
                 *site ? site + 2 : "", *site ? ")" : "");
        break;
    case RECORDING_SYNC_ALL:
        snprintf(to, size, "%s", call);
        break;
    case RECORDING_OUTPUT:
        snprintf(to, size, "%" PRIu64 " byte%s on standard output", step->length,
                 plural(step->length));
        break;
    case RECORDING_BEGIN:
        snprintf(to, size, "operation %" PRIu64 " begins", step->offset);
        break;
    case RECORDING_END:
        snprintf(to, size, "operation %" PRIu64 " ends", step->offset);
        break;
    default:
        *to = '\0';
        break;
    }
    return to;
}

const char *loss_step(const struct crash_source *source, uint64_t step, uint64_t keep, char *to,
                      size_t size)
{
    char site[SITE_TEXT + 2];
    const char *place = site_text(source, step);
    snprintf(site, sizeof site, "%s%s", *place ? ", " : "", place);
    return say_step(&source->steps, step, keep, site, to, size);
}

void loss_key(const struct crash_source *source, uint64_t step, char *to, size_t size)
{
    char text[LOSS_TEXT], site[SITE_TEXT];
    say_step(&source->steps, step, UINT64_MAX, "", text, sizeof text);
    address_mask(text, to, size);
    size_t used = strlen(to);
    if (*site_key(source, step, site, sizeof site))
        snprintf(to + used, size - used, " at %s", site);
}

/* ---- a state ------------------------------------------------------------------------------ */

int loss_of_state(const struct crash_source *source, const struct durable_state *state,
                  struct loss_set *ret)
{
    return durable_builder_pending(source->builder, state->model, state->point, &ret->pending,
                                   &ret->n);
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Is the step in the sorted list? It may be NULL if it is empty. */
static bool has(const uint64_t *steps, size_t n, uint64_t step)
{
    return n > 0 && bsearch(&step, steps, n, sizeof step, compare);
}

enum loss_kind loss_fate(const struct durable_state *state, const struct loss_set *losses,
                                uint64_t step, uint64_t *ret_keep)
{
    *ret_keep = UINT64_MAX;
    for (size_t i = 0; i < state->n_torn; i++)
        if (state->torn[i].step == step) {
            *ret_keep = state->torn[i].keep == IMAGE_SIZE ? 0 : state->torn[i].keep;
            return LOSS_IS_TORN;
        }
    if (has(state->lost, state->n_lost, step))
        return LOSS_IS_LOST;
    return has(losses->pending, losses->n, step) ? LOSS_IS_KEPT : LOSS_IS_DURABLE;
}

/* Is it about the same file: its names, or what it has? */
static bool is_of(const struct recording *recording, uint64_t step, uint64_t other)
{
    return recording->steps[step].node == recording->steps[other].node;
}

static bool is_name(const struct recording *recording, uint64_t step)
{
    return recording->steps[step].kind >= RECORDING_LINK &&
           recording->steps[step].kind <= RECORDING_EXCHANGE;
}

/* Has the file lost its name, so that it does not matter what else of it was kept? */
static bool is_unseen(const struct recording *recording, uint64_t kept, uint64_t lost)
{
    return recording->steps[lost].kind == RECORDING_LINK && is_of(recording, kept, lost) &&
           !is_name(recording, kept);
}

void loss_ends(const struct recording *recording, const struct durable_state *state,
               const struct loss_set *losses, uint64_t *ret_lost, uint64_t *ret_kept)
{
    uint64_t keep;
    *ret_lost = *ret_kept = UINT64_MAX;
    for (size_t i = 0; i < losses->n; i++) {
        uint64_t step = losses->pending[i];
        enum loss_kind fate = loss_fate(state, losses, step, &keep);
        if (fate != LOSS_IS_KEPT && *ret_lost == UINT64_MAX)
            *ret_lost = step;
        if (fate != LOSS_IS_KEPT || *ret_lost == UINT64_MAX ||
            is_unseen(recording, step, *ret_lost))
            continue;
        if (*ret_kept == UINT64_MAX || is_of(recording, step, *ret_lost) ||
            !is_of(recording, *ret_kept, *ret_lost))
            *ret_kept = step;
    }
    for (size_t i = 0; i < state->n_torn && *ret_lost == UINT64_MAX; i++)
        *ret_lost = state->torn[i].step; /* of a kill */
}
