/* SPDX-License-Identifier: MIT
 * node.h: one file, directory or other object of a disk in memory, without its name. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_NODE_H
#define IMAGE_NODE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "image/pages.h"

struct node_entry {
    const char *name; /* lies in the recording */
    uint32_t node;
};

struct node {
    uint32_t owners; /* images that have it */
    uint32_t mode, uid, gid;
    uint64_t time;            /* when it was modified, in ns since 1970; 0: not known */
    bool timed;               /* a program has set the time */
    uint32_t names;           /* entries of directories that lead to it */
    const char *target;       /* of a symbolic link */
    struct pages pages;       /* of a file */
    struct node_entry *entry; /* of a directory, in the order of strcmp() */
    uint32_t n_entries, room;
};

/* Is it made where a disk is built? Sockets and devices are not. */
static inline bool node_is_built(const struct node *node)
{
    return !S_ISSOCK(node->mode) && !S_ISCHR(node->mode) && !S_ISBLK(node->mode);
}
/* Makes a node; NULL: no memory. `target` (may be NULL) must outlive it. */
struct node *node_new(uint32_t mode, uint32_t uid, uint32_t gid, const char *target);
/* Makes another one with the same content. */
struct node *node_copy(const struct node *node);
/* Frees a node that has no owner. */
void node_free(void *node);
/* Finds the entry of a name. NULL: there is none. */
const struct node_entry *node_find(const struct node *directory, const char *name);
/* Adds an entry that is not there, or makes one that is there lead to another node. -1: no memory.
 * The `names` of nodes are the caller's business. */
int node_enter(struct node *directory, const char *name, uint32_t node);
void node_remove(struct node *directory, const char *name);

#endif
