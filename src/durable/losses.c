/* SPDX-License-Identifier: MIT
 * losses.c: see losses.h.
 */
#include "durable/losses.h"

#include <stdlib.h>
#include <string.h>

#include "durable/step.h"

enum { SECTOR = 512 };

/* What is known of a node while the list is gone through; only what was noted in this round. */
struct losses_mark {
    uint64_t data_lost, data_wanted, cut_lost, cut_wanted; /* rounds */
};

/* The last entries before one that are about the same names or sectors; + 1; 0: there is none. */
struct losses_names {
    size_t before[2];
};

int losses_begin(struct losses *losses, const struct pending *pending)
{
    *losses = (struct losses){ .pending = pending };
    losses->marks = calloc(pending->recording->n_nodes, sizeof *losses->marks);
    return losses->marks ? 0 : -1;
}

void losses_end(struct losses *losses)
{
    free(losses->fate);
    free(losses->keep);
    free(losses->names);
    free(losses->marks);
}

static const struct recording_step *step_of(const struct losses *losses, size_t i)
{
    return &losses->pending->recording->steps[losses->pending->entry[i].step];
}

uint64_t losses_kept(const struct losses *losses, size_t i)
{
    return losses->fate[i] == LOSSES_KEPT      ? IMAGE_ALL
           : losses->fate[i] == LOSSES_GREW    ? IMAGE_SIZE
           : losses->fate[i] == LOSSES_CLEARED ? IMAGE_CLEAR : losses->keep[i];
}

enum losses_fate losses_fate_of(uint64_t kept)
{
    return kept == IMAGE_SIZE ? LOSSES_GREW : kept == IMAGE_CLEAR ? LOSSES_CLEARED : LOSSES_TORN;
}

bool losses_possible(const struct losses *losses, size_t i)
{
    return !losses->pending->entry[i].durable;
}

/* A name that is given again was free: so what comes later about it needs what came before. So does
 * what a later write leaves of a sector. */
static int find_names(struct losses *losses)
{
    struct pending_names *last = pending_names_new();
    int result = last ? 0 : -1;
    for (size_t i = 0; result == 0 && i < losses->pending->n; i++)
        result = pending_names_visit(last, losses->pending, i, losses->names[i].before);
    pending_names_free(last);
    losses->changes = losses->pending->changes + 1;
    return result;
}

int losses_none(struct losses *losses)
{
    size_t n = losses->pending->n;
    if (n > losses->room) {
        uint8_t *fate = realloc(losses->fate, n * 2);
        if (fate)
            losses->fate = fate;
        uint64_t *keep = realloc(losses->keep, n * 2 * sizeof *keep);
        if (keep)
            losses->keep = keep;
        struct losses_names *names = realloc(losses->names, n * 2 * sizeof *names);
        if (names)
            losses->names = names;
        if (!fate || !keep || !names)
            return -1;
        losses->room = n * 2;
    }
    if (losses->changes != losses->pending->changes + 1 && find_names(losses) < 0)
        return -1;
    if (n > 0)
        memset(losses->fate, LOSSES_KEPT, n);
    return 0;
}

int losses_all(struct losses *losses)
{
    if (losses_none(losses) < 0)
        return -1;
    for (size_t i = 0; i < losses->pending->n; i++)
        if (losses_possible(losses, i))
            losses->fate[i] = LOSSES_LOST;
    return 0;
}

/* ---- what is lost with a loss ------------------------------------------------------------- */

/* Has an earlier write, which is torn, kept its part of the first sector of a later one (k 0), or
 * of the last one (k 1)? It is torn at a border of sectors. */
static bool has_kept_sector(const struct losses *losses, size_t earlier, size_t later, int k)
{
    const struct recording_step *step = step_of(losses, later);
    uint64_t at = k == 0 || step->length == 0 ? step->offset : step->offset + step->length - 1;
    return losses->fate[earlier] == LOSSES_TORN &&
           at / SECTOR * SECTOR < step_of(losses, earlier)->offset + losses->keep[earlier];
}

static bool is_earlier_lost(const struct losses *losses, size_t i)
{
    for (int k = 0; k < 2; k++) {
        size_t before = losses->names[i].before[k];
        if (before > 0 && losses->fate[before - 1] != LOSSES_KEPT &&
            !has_kept_sector(losses, before - 1, i, k))
            return true;
    }
    return false;
}

/* What has a durable name loses no more than the removal of the old one. */
static void keep_names(struct losses *losses)
{
    for (size_t i = 0; i < losses->pending->n; i++)
        if (losses->pending->entry[i].named && losses->fate[i] == LOSSES_LOST)
            losses->fate[i] = LOSSES_GREW;
}

void losses_close(struct losses *losses)
{
    const struct model *model = losses->pending->model;
    bool names_lost = false;
    uint64_t round = ++losses->round;
    for (size_t i = 0; i < losses->pending->n; i++) {
        const struct recording_step *step = step_of(losses, i);
        struct losses_mark *mark = &losses->marks[step->node];
        if (!losses_possible(losses, i))
            continue;
        if (step_is_metadata(step)) {
            if ((model->in_order && names_lost) || is_earlier_lost(losses, i) ||
                (model->data_first && step_replaces(step) && mark->data_lost == round))
                losses->fate[i] = LOSSES_LOST;
            names_lost |= losses->fate[i] != LOSSES_KEPT;
            if (step_cuts(step) && losses->fate[i] != LOSSES_KEPT)
                mark->cut_lost = round;
        } else {
            if ((model->new_blocks && mark->cut_lost == round) || is_earlier_lost(losses, i))
                losses->fate[i] = LOSSES_LOST;
            if (losses->fate[i] != LOSSES_KEPT)
                mark->data_lost = round;
        }
    }
    keep_names(losses);
}

bool losses_are_closed(struct losses *losses)
{
    size_t n = losses->pending->n, before = 0, after = 0;
    for (size_t i = 0; i < n; i++)
        before += losses->fate[i] != LOSSES_KEPT;
    losses_close(losses);
    for (size_t i = 0; i < n; i++)
        after += losses->fate[i] != LOSSES_KEPT;
    return before == after;
}

/* ---- what is kept with what is kept ------------------------------------------------------- */

void losses_require(struct losses *losses, size_t entry)
{
    const struct model *model = losses->pending->model;
    bool names_wanted = false;
    uint64_t round = ++losses->round;
    losses->fate[entry] = LOSSES_KEPT;
    for (size_t i = losses->pending->n; i-- > 0;) {
        const struct recording_step *step = step_of(losses, i);
        struct losses_mark *mark = &losses->marks[step->node];
        if (step_is_metadata(step)) {
            if ((model->in_order && names_wanted) ||
                (step_cuts(step) && mark->cut_wanted == round))
                losses->fate[i] = LOSSES_KEPT;
            if (losses->fate[i] == LOSSES_KEPT && losses_possible(losses, i)) {
                names_wanted = true;
                if (model->data_first && step_replaces(step))
                    mark->data_wanted = round;
            }
            for (int k = 0; k < 2 && losses->fate[i] == LOSSES_KEPT; k++)
                if (losses->names[i].before[k] > 0)
                    losses->fate[losses->names[i].before[k] - 1] = LOSSES_KEPT;
        } else {
            if (mark->data_wanted == round)
                losses->fate[i] = LOSSES_KEPT;
            if (losses->fate[i] == LOSSES_KEPT && model->new_blocks)
                mark->cut_wanted = round;
            for (int k = 0; k < 2 && losses->fate[i] == LOSSES_KEPT; k++)
                if (losses->names[i].before[k] > 0)
                    losses->fate[losses->names[i].before[k] - 1] = LOSSES_KEPT;
        }
    }
}

int losses_apply(const struct losses *losses, struct image *image, uint64_t *applied)
{
    for (size_t i = 0; i < losses->pending->n; i++) {
        if (losses->fate[i] == LOSSES_LOST)
            continue;
        ++*applied;
        if (image_apply(image, losses->pending->entry[i].step, losses_kept(losses, i)) < 0)
            return -1;
    }
    return 0;
}
