/* SPDX-License-Identifier: MIT
 * nodes.c: see nodes.h.
 */
#include "image/nodes.h"

#include <stdlib.h>

const struct node *nodes_get(const struct image *image, uint32_t number)
{
    return table_get(&image->table, number);
}

int nodes_edit(struct image *image, uint32_t number, struct node **ret)
{
    void *found;
    *ret = NULL;
    if (table_own(&image->table, number, &found) < 0)
        return -1;
    struct node *node = found;
    if (node && node->owners > 1) {
        node = node_copy(node);
        if (!node || table_set(&image->table, number, node, node_free) < 0)
            return -1;
    }
    *ret = node;
    return 0;
}

int nodes_put(struct image *image, uint32_t number, struct node *node)
{
    return table_set(&image->table, number, node, node_free);
}

int nodes_begin(struct image *image)
{
    table_clear(&image->table, node_free);
    for (uint32_t root = 0; root < RECORDING_ROOTS; root++) {
        struct node *node = node_new(S_IFDIR | 0700, 0, 0, NULL);
        if (!node || nodes_put(image, root, node) < 0)
            return -1;
    }
    return 0;
}
