/* SPDX-License-Identifier: MIT
 * apply.c: see apply.h.
 */
#include "image/apply.h"

#include <string.h>

#include "image/nodes.h"

/* One step on its way into an image. */
struct change {
    struct image *image;
    const struct recording_step *step;
    uint64_t number, keep;
};

static const char *name_at(const struct change *change, uint64_t at)
{
    return recording_name(change->image->recording, at);
}

/* ---- names -------------------------------------------------------------------------------- */

static bool is_directory(const struct change *change, uint32_t number)
{
    const struct node *node = nodes_get(change->image, number);
    return node && S_ISDIR(node->mode);
}

static const struct node_entry *find(const struct change *change, uint32_t directory,
                                     const char *name)
{
    return is_directory(change, directory) ? node_find(nodes_get(change->image, directory), name)
                                           : NULL;
}

static bool leads_to(const struct change *change, uint32_t directory, const char *name,
                     uint32_t number)
{
    const struct node_entry *entry = find(change, directory, name);
    return entry && entry->node == number;
}

/* May the node get one more name? */
static bool can_be_named(const struct change *change, uint32_t number)
{
    const struct node *node = nodes_get(change->image, number);
    return node && number >= RECORDING_ROOTS && (!S_ISDIR(node->mode) || node->names == 0);
}

/* Takes one name from a node. It goes for good with its last one, if no step will name it. */
static int lose_name(struct change *change, uint32_t number)
{
    struct node *node;
    if (nodes_edit(change->image, number, &node) < 0)
        return -1;
    if (!node || node->names == 0)
        return 0;
    node->names--;
    if (node->names > 0)
        return 0;
    bool mine = number == change->step->node || number == change->step->other;
    return mine && change->image->ends->last[number] <= change->number
               ? nodes_put(change->image, number, NULL) : 0;
}

static int remove_name(struct change *change, uint32_t directory, const char *name)
{
    const struct node_entry *entry = find(change, directory, name);
    struct node *node;
    if (!entry)
        return 0;
    uint32_t number = entry->node;
    if (nodes_edit(change->image, directory, &node) < 0)
        return -1;
    node_remove(node, name);
    return lose_name(change, number);
}

/* The node must be one that can be named, and the directory one. */
static int give_name(struct change *change, uint32_t directory, const char *name, uint32_t number)
{
    struct node *node;
    if (nodes_edit(change->image, number, &node) < 0)
        return -1;
    node->names++;
    const struct node_entry *entry = find(change, directory, name);
    uint32_t old = entry ? entry->node : RECORDING_NONE;
    if (nodes_edit(change->image, directory, &node) < 0 || node_enter(node, name, number) < 0)
        return -1;
    return old != RECORDING_NONE ? lose_name(change, old) : 0;
}

static int apply_link(struct change *change)
{
    const struct recording_step *step = change->step;
    if (!is_directory(change, step->dir) || !can_be_named(change, step->node))
        return 0;
    return give_name(change, step->dir, name_at(change, step->name), step->node);
}

static int apply_unlink(struct change *change)
{
    return remove_name(change, change->step->dir, name_at(change, change->step->name));
}

/* Goes back from a name to that from which the node had been renamed to it, until one is there. */
static bool find_origin(const struct change *change, uint32_t *dir, const char **name)
{
    const struct recording *recording = change->image->recording;
    uint32_t number = change->step->node;
    for (uint64_t i = change->number; i-- > 0 && !leads_to(change, *dir, *name, number);) {
        const struct recording_step *step = &recording->steps[i];
        bool moves = step->kind == RECORDING_RENAME;
        if (step->kind == RECORDING_READY)
            return false;
        if ((moves || step->kind == RECORDING_LINK) && step->node == number &&
            (moves ? step->dir2 : step->dir) == *dir &&
            strcmp(name_at(change, moves ? step->name2 : step->name), *name) == 0) {
            if (!moves)
                return false;
            *dir = step->dir;
            *name = name_at(change, step->name);
        }
    }
    return leads_to(change, *dir, *name, number);
}

static int apply_rename(struct change *change)
{
    const struct recording_step *step = change->step;
    const char *from = name_at(change, step->name), *to = name_at(change, step->name2);
    const struct node *node = nodes_get(change->image, step->node);
    uint32_t dir = step->dir;
    if (change->keep == IMAGE_CLEAR)
        return leads_to(change, step->dir2, to, step->other)
                   ? remove_name(change, step->dir2, to) : 0;
    bool is_there = leads_to(change, dir, from, step->node);
    if (!is_there && node && node->names > 0)
        is_there = find_origin(change, &dir, &from);
    if (!node || !is_directory(change, step->dir2) || (!is_there && node->names > 0) ||
        step->node < RECORDING_ROOTS || leads_to(change, step->dir2, to, step->node))
        return 0;
    bool stays = change->keep == IMAGE_NAME && !S_ISDIR(node->mode);
    if (give_name(change, step->dir2, to, step->node) < 0)
        return -1;
    return is_there && !stays ? remove_name(change, dir, from) : 0;
}

static int apply_exchange(struct change *change)
{
    const struct recording_step *step = change->step;
    const char *name = name_at(change, step->name), *name2 = name_at(change, step->name2);
    struct node *node;
    if (!leads_to(change, step->dir, name, step->node) ||
        !leads_to(change, step->dir2, name2, step->other))
        return 0;
    if (nodes_edit(change->image, step->dir, &node) < 0 ||
        node_enter(node, name, step->other) < 0 ||
        nodes_edit(change->image, step->dir2, &node) < 0)
        return -1;
    return node_enter(node, name2, step->node);
}

/* ---- nodes and their bytes ---------------------------------------------------------------- */

static int apply_node(struct change *change)
{
    const struct recording_step *step = change->step;
    struct node *node;
    if (step->node < RECORDING_ROOTS) {
        if (nodes_edit(change->image, step->node, &node) < 0)
            return -1;
        node->mode = S_IFDIR | (step->mode & 07777);
        node->uid = step->uid;
        node->gid = step->gid;
        return 0;
    }
    if (nodes_get(change->image, step->node))
        return 0;
    node = node_new(step->mode, step->uid, step->gid,
                    S_ISLNK(step->mode) ? name_at(change, step->name) : NULL);
    return node ? nodes_put(change->image, step->node, node) : -1;
}

static int apply_mode(struct change *change)
{
    const struct recording_step *step = change->step;
    struct node *node;
    if (nodes_edit(change->image, step->node, &node) < 0)
        return -1;
    if (!node)
        return 0;
    node->mode = (node->mode & S_IFMT) | (step->mode & 07777);
    node->uid = step->uid;
    node->gid = step->gid;
    return 0;
}

/* Finds the bytes of a file to change them. *ret is NULL if there is no such file. */
static int bytes_of(struct change *change, struct pages **ret)
{
    struct node *node;
    *ret = NULL;
    if (nodes_edit(change->image, change->step->node, &node) < 0)
        return -1;
    if (node && S_ISREG(node->mode))
        *ret = &node->pages;
    return 0;
}

static int apply_write(struct change *change)
{
    const struct recording_step *step = change->step;
    struct pages *pages;
    if (bytes_of(change, &pages) < 0)
        return -1;
    if (!pages)
        return 0;
    if (change->keep == IMAGE_SIZE)
        return step->length > 0 && step->offset + step->length > pages->size
                   ? pages_resize(pages, step->offset + step->length) : 0;
    return pages_write(pages, step->offset, change->image->recording->data + step->data,
                       change->keep < step->length ? change->keep : step->length);
}

static int apply_zero(struct change *change)
{
    struct pages *pages;
    if (bytes_of(change, &pages) < 0)
        return -1;
    return pages ? pages_zero(pages, change->step->offset, change->step->length) : 0;
}

static int apply_size(struct change *change)
{
    struct pages *pages;
    if (bytes_of(change, &pages) < 0)
        return -1;
    return pages ? pages_resize(pages, change->step->length) : 0;
}

/* See set_time(). */
static int apply_times(struct change *change)
{
    (void)change;
    return 0;
}

static int apply_base(struct change *change)
{
    return nodes_begin(change->image);
}

/* ------------------------------------------------------------------------------------------- */

static int (*const appliers[RECORDING_KINDS])(struct change *) = {
    [RECORDING_NODE] = apply_node,         [RECORDING_LINK] = apply_link,
    [RECORDING_UNLINK] = apply_unlink,     [RECORDING_RENAME] = apply_rename,
    [RECORDING_EXCHANGE] = apply_exchange, [RECORDING_WRITE] = apply_write,
    [RECORDING_ZERO] = apply_zero,         [RECORDING_SIZE] = apply_size,
    [RECORDING_MODE] = apply_mode,         [RECORDING_TIMES] = apply_times,
    [RECORDING_BASE] = apply_base,
};

/* ---- times -------------------------------------------------------------------------------- */

static int modify(struct change *change, uint32_t number)
{
    struct node *node;
    if (nodes_edit(change->image, number, &node) < 0)
        return -1;
    if (!node)
        return 0;
    node->time = change->step->time;
    node->timed = change->step->kind == RECORDING_TIMES;
    return 0;
}

/* What the step has modified. */
static int set_time(struct change *change)
{
    const struct recording_step *step = change->step;
    switch ((enum recording_kind)step->kind) {
    case RECORDING_NODE:
    case RECORDING_WRITE:
    case RECORDING_ZERO:
    case RECORDING_SIZE:
    case RECORDING_TIMES:
        return modify(change, step->node);
    case RECORDING_RENAME:
    case RECORDING_EXCHANGE:
        if (modify(change, step->dir2) < 0)
            return -1;
        return modify(change, step->dir);
    case RECORDING_LINK:
    case RECORDING_UNLINK:
        return modify(change, step->dir);
    default:
        return 0;
    }
}

int image_apply(struct image *image, uint64_t step, uint64_t keep)
{
    struct change change = { image, &image->recording->steps[step], step, keep };
    int (*apply)(struct change *) = appliers[change.step->kind];
    if (!apply)
        return 0;
    return apply(&change) < 0 || (change.step->time != 0 && set_time(&change) < 0) ? -1 : 0;
}
