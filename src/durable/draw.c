/* SPDX-License-Identifier: MIT
 * draw.c: see draw.h.
 */
#include "durable/draw.h"

#include <stdlib.h>

#include "durable/step.h"

enum { SECTOR = 512, PAGE = 4096, TEARS = 4 };

static const struct recording_step *step_of(const struct draw *draw, size_t i)
{
    const struct pending *pending = draw->losses.pending;
    return &pending->recording->steps[pending->entry[draw->entry[i]].step];
}

static void set_fate(struct draw *draw, size_t i, enum losses_fate fate)
{
    draw->losses.fate[draw->entry[i]] = (uint8_t)fate;
}

/* ---- how many there are of a recipe ------------------------------------------------------- */

static uint64_t one(const struct draw *draw)
{
    (void)draw;
    return 1;
}

static uint64_t each(const struct draw *draw)
{
    return draw->n;
}

static uint64_t each_that_grows(const struct draw *draw)
{
    return draw->losses.pending->model->zeros ? draw->n : 0;
}

static uint64_t tears(const struct draw *draw)
{
    (void)draw;
    return TEARS;
}

static uint64_t all_but_ends(const struct draw *draw)
{
    return draw->n > 2 ? draw->n - 2 : 0;
}

static uint64_t pairs(const struct draw *draw)
{
    return (uint64_t)draw->n * (draw->n > 0 ? draw->n - 1 : 0) / 2;
}

/* ---- how they are made: true, if there is such a state ------------------------------------ */

static bool keep_all(struct draw *draw, uint64_t which)
{
    (void)draw;
    (void)which;
    return true;
}

static bool lose_one(struct draw *draw, uint64_t which)
{
    set_fate(draw, (size_t)which, LOSSES_LOST);
    return true;
}

static bool grow_one(struct draw *draw, uint64_t which)
{
    set_fate(draw, (size_t)which, LOSSES_GREW);
    return step_of(draw, (size_t)which)->kind == RECORDING_WRITE;
}

static bool clear_one(struct draw *draw, uint64_t which)
{
    size_t entry = draw->entry[which];
    set_fate(draw, (size_t)which, LOSSES_CLEARED);
    return draw->losses.pending->entry[entry].cleared;
}

/* All data of the node, if `first` is the first of several such steps. */
static bool treat_file(struct draw *draw, size_t first, enum losses_fate fate)
{
    const struct recording_step *step = step_of(draw, first);
    size_t n = 0;
    if (!step_is_data(step))
        return false;
    for (size_t i = 0; i < draw->n; i++) {
        const struct recording_step *other = step_of(draw, i);
        if (!step_is_data(other) || other->node != step->node)
            continue;
        if (i < first)
            return false;
        set_fate(draw, i, other->kind == RECORDING_WRITE ? fate : LOSSES_LOST);
        n++;
    }
    return n > 1;
}

static bool lose_file(struct draw *draw, uint64_t which)
{
    return treat_file(draw, (size_t)which, LOSSES_LOST);
}

static bool grow_file(struct draw *draw, uint64_t which)
{
    return treat_file(draw, (size_t)which, LOSSES_GREW);
}

/* Tears a write behind its first sector, at a page border near its middle, before its last sector,
 * or where the file had ended: at borders of the file, not of the write. */
static bool tear(struct draw *draw, size_t i, uint64_t which)
{
    const struct recording_step *step = step_of(draw, i);
    uint64_t end = step->offset + step->length, middle = step->offset + step->length / 2;
    uint64_t border = which == 0   ? (step->offset / SECTOR + 1) * SECTOR
                      : which == 1 ? middle / PAGE * PAGE
                      : which == 2 ? (end > 0 ? end - 1 : 0) / SECTOR * SECTOR
                                   : draw->losses.pending->entry[draw->entry[i]].size;
    if (border <= step->offset || border >= end)
        return false;
    set_fate(draw, i, LOSSES_TORN);
    draw->losses.keep[draw->entry[i]] = border - step->offset;
    return true;
}

static bool tear_first(struct draw *draw, uint64_t which)
{
    for (size_t i = 0; i < draw->n; i++)
        if (step_of(draw, i)->kind == RECORDING_WRITE)
            return tear(draw, i, which);
    return false;
}

static bool tear_last(struct draw *draw, uint64_t which)
{
    for (size_t i = draw->n; i-- > 0;)
        if (step_of(draw, i)->kind == RECORDING_WRITE)
            return tear(draw, i, which);
    return false;
}

/* The last two, the last three, ...: one is a step that is late, all is nothing. */
static bool lose_last(struct draw *draw, uint64_t which)
{
    for (size_t i = draw->n - 2 - (size_t)which; i < draw->n; i++)
        set_fate(draw, i, LOSSES_LOST);
    return true;
}

static bool keep_one(struct draw *draw, uint64_t which)
{
    for (size_t i = 0; i < draw->n; i++)
        set_fate(draw, i, LOSSES_LOST);
    losses_require(&draw->losses, draw->entry[which]);
    return true;
}

static bool lose_all(struct draw *draw, uint64_t which)
{
    (void)which;
    for (size_t i = 0; i < draw->n; i++)
        set_fate(draw, i, LOSSES_LOST);
    return draw->n > 0;
}

/* (0, 1), (0, 2), (1, 2), (0, 3), ... */
static bool lose_pair(struct draw *draw, uint64_t which)
{
    size_t second = 1;
    while (which >= second)
        which -= second++;
    set_fate(draw, (size_t)which, LOSSES_LOST);
    set_fate(draw, second, LOSSES_LOST);
    return true;
}

/* ------------------------------------------------------------------------------------------- */

static const struct {
    uint64_t (*count)(const struct draw *);
    bool (*make)(struct draw *, uint64_t which);
} recipes[DURABLE_RECIPES] = {
    [DURABLE_ALL_KEPT] = { one, keep_all },
    [DURABLE_ONE_LATE] = { each, lose_one },
    [DURABLE_ONE_GREW] = { each_that_grows, grow_one },
    [DURABLE_FILE_LATE] = { each, lose_file },
    [DURABLE_FILE_GREW] = { each_that_grows, grow_file },
    [DURABLE_TORN_FIRST] = { tears, tear_first },
    [DURABLE_TORN_LAST] = { tears, tear_last },
    [DURABLE_PREFIX] = { all_but_ends, lose_last },
    [DURABLE_ONE_EARLY] = { each, keep_one },
    [DURABLE_NOTHING] = { one, lose_all },
    [DURABLE_ONE_CLEARED] = { each, clear_one },
    [DURABLE_PAIR] = { pairs, lose_pair },
};

int draw_begin(struct draw *draw, const struct pending *pending, bool only_pairs)
{
    *draw = (struct draw){ .pairs = only_pairs };
    return losses_begin(&draw->losses, pending);
}

void draw_end(struct draw *draw)
{
    losses_end(&draw->losses);
    free(draw->entry);
}

int draw_point(struct draw *draw)
{
    size_t n = draw->losses.pending->n;
    if (n > draw->room) {
        size_t *entry = realloc(draw->entry, n * 2 * sizeof *entry);
        if (!entry)
            return -1;
        draw->entry = entry;
        draw->room = n * 2;
    }
    draw->n = 0;
    for (size_t i = 0; i < n; i++)
        if (losses_possible(&draw->losses, i))
            draw->entry[draw->n++] = i;
    draw->recipe = draw->pairs ? DURABLE_PAIR : DURABLE_ALL_KEPT;
    draw->which = 0;
    return 0;
}

/* Where this draw stops. */
static unsigned end_of(const struct draw *draw)
{
    return draw->pairs ? DURABLE_RECIPES : DURABLE_PAIR;
}

int draw_next(struct draw *draw)
{
    for (; draw->recipe < end_of(draw); draw->recipe++, draw->which = 0)
        while (draw->which < recipes[draw->recipe].count(draw)) {
            if (losses_none(&draw->losses) < 0)
                return -1;
            if (!recipes[draw->recipe].make(draw, draw->which++))
                continue;
            losses_close(&draw->losses);
            return 1;
        }
    return 0;
}

uint64_t draw_left(const struct draw *draw)
{
    uint64_t left = 0;
    for (unsigned i = draw->recipe; i < end_of(draw); i++)
        left += recipes[i].count(draw);
    return left - (draw->recipe < end_of(draw) ? draw->which : 0);
}
