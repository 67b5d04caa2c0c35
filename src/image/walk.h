/* SPDX-License-Identifier: MIT
 * walk.h: goes through the tree of a disk in memory. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_WALK_H
#define IMAGE_WALK_H

#include <stddef.h>

#include "image/nodes.h"

/* A node with several names, where it was met first. */
struct walk_link {
    uint32_t node;
    uint64_t number;   /* of the entry, from 1 */
    char *path;
};

struct walk {
    /* The entry that walk_next() has come to. */
    const char *name, *path; /* the path is relative to the root */
    const struct node *node;
    struct walk_link *link;  /* NULL: the node has one name */
    bool first;              /* no name of this node was met before */
    bool left;               /* it is a directory whose entries have all been met */
    /* The walk's own. */
    const struct image *image;
    struct walk_level *level;
    size_t depth, room;
    char *text;
    size_t text_room;
    void *links;
    uint64_t entries;
};

/* Begins at a root of the disk. walk_end() frees what the walk needs. */
void walk_begin(struct walk *walk, const struct image *image, uint32_t root);
void walk_end(struct walk *walk);
/* Goes on to the next entry, a directory before its entries, and once more after them, names in the
 * order of strcmp(). Returns 1; 0: there are no more; -1: no memory. */
int walk_next(struct walk *walk);

#endif
