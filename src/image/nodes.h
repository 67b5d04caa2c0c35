/* SPDX-License-Identifier: MIT
 * nodes.h: what a disk in memory consists of: its nodes, by their numbers. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_NODES_H
#define IMAGE_NODES_H

#include "image/node.h"
#include "recording/recording.h"

/* For each node of the recording: the last step that gives it a name or takes one away. A node that
 * loses its last name there has gone for good, with its bytes. */
struct nodes_ends {
    uint32_t owners;
    uint64_t last[];
};

struct image {
    const struct recording *recording;
    struct nodes_ends *ends;
    struct table table;
};

/* Finds a node. NULL: it is not there. */
const struct node *nodes_get(const struct image *image, uint32_t number);
/* Finds a node to change it: no other image shares it. *ret is NULL if it is not there. -1: no
 * memory. */
int nodes_edit(struct image *image, uint32_t number, struct node **ret);
/* Puts a node there, which becomes the image's; NULL: none. -1: no memory. */
int nodes_put(struct image *image, uint32_t number, struct node *node);
/* Begins with two empty directories, the roots. -1: no memory. */
int nodes_begin(struct image *image);

#endif
