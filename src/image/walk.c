/* SPDX-License-Identifier: MIT
 * walk.c: see walk.h.
 */
#include "image/walk.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct walk_level {
    const struct node *directory;
    uint32_t next;  /* entry */
    size_t length;  /* of its path */
};

/* ---- nodes with several names ------------------------------------------------------------- */

static int compare_links(const void *a, const void *b)
{
    const struct walk_link *x = a, *y = b;
    return (x->node > y->node) - (x->node < y->node);
}

static void free_link(void *object)
{
    struct walk_link *link = object;
    free(link->path);
    free(link);
}

/* Notes where a node with several names is met first. */
static int meet_first(struct walk *walk, uint32_t node)
{
    struct walk_link *link = calloc(1, sizeof *link), **place = NULL;
    char *path = strdup(walk->path);
    if (link && path) {
        *link = (struct walk_link){ .node = node, .number = walk->entries, .path = path };
        place = tsearch(link, &walk->links, compare_links);
    }
    if (!place) {
        free(path);
        free(link);
        return -1;
    }
    *place = walk->link = link; /* it is; analysers cannot know */
    return 0;
}

/* Looks whether a node was met before under another name. */
static int meet(struct walk *walk, uint32_t node)
{
    walk->link = NULL;
    walk->first = true;
    if (walk->node->names < 2 || S_ISDIR(walk->node->mode))
        return 0;
    struct walk_link **met = tfind(&(struct walk_link){ .node = node }, &walk->links,
                                   compare_links);
    if (!met)
        return meet_first(walk, node);
    walk->link = *met;
    walk->first = false;
    return 0;
}

/* ---- the way ------------------------------------------------------------------------------ */

void walk_begin(struct walk *walk, const struct image *image, uint32_t root)
{
    *walk = (struct walk){ .image = image, .node = nodes_get(image, root) };
}

void walk_end(struct walk *walk)
{
    tdestroy(walk->links, free_link);
    free(walk->level);
    free(walk->text);
}

/* Goes down into the directory that the walk stands at. */
static int descend(struct walk *walk)
{
    if (walk->depth == walk->room) {
        size_t more = walk->room ? walk->room * 2 : 16;
        struct walk_level *level = realloc(walk->level, more * sizeof *level);
        if (!level)
            return -1;
        walk->level = level;
        walk->room = more;
    }
    size_t length = walk->path ? strlen(walk->path) : 0;
    walk->level[walk->depth++] = (struct walk_level){ walk->node, 0, length };
    return 0;
}

/* Makes the path of an entry of the directory that the walk is in. */
static int set_path(struct walk *walk, size_t above, const char *name)
{
    size_t length = strlen(name), begin = above ? above + 1 : 0;
    if (begin + length + 1 > walk->text_room) {
        size_t more = (begin + length + 1) * 2;
        char *text = realloc(walk->text, more);
        if (!text)
            return -1;
        walk->text = text;
        walk->text_room = more;
    }
    if (above)
        walk->text[above] = '/';
    memcpy(walk->text + begin, name, length + 1);
    walk->name = walk->text + begin;
    walk->path = walk->text;
    return 0;
}

/* Goes up. Returns 0 at the root. */
static int ascend(struct walk *walk)
{
    struct walk_level *level = &walk->level[--walk->depth];
    if (walk->depth == 0)
        return 0;
    walk->text[level->length] = '\0';
    walk->path = walk->text;
    const char *slash = strrchr(walk->path, '/');
    walk->name = slash ? slash + 1 : walk->path;
    walk->node = level->directory;
    walk->link = NULL;
    walk->left = true;
    return 1;
}

int walk_next(struct walk *walk)
{
    if (walk->node && S_ISDIR(walk->node->mode) && !walk->left && descend(walk) < 0)
        return -1;
    if (walk->depth == 0)
        return 0;
    struct walk_level *level = &walk->level[walk->depth - 1];
    if (level->next == level->directory->n_entries)
        return ascend(walk);
    const struct node_entry *entry = &level->directory->entry[level->next++];
    walk->node = nodes_get(walk->image, entry->node);
    walk->left = false;
    walk->entries++;
    if (set_path(walk, level->length, entry->name) < 0)
        return -1;
    return meet(walk, entry->node) < 0 ? -1 : 1;
}
