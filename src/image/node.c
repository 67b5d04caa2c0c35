/* SPDX-License-Identifier: MIT
 * node.c: see node.h.
 */
#include "image/node.h"

#include <stdlib.h>
#include <string.h>

struct node *node_new(uint32_t mode, uint32_t uid, uint32_t gid, const char *target)
{
    struct node *node = calloc(1, sizeof *node);
    if (node)
        *node = (struct node){ .owners = 1, .mode = mode, .uid = uid, .gid = gid,
                               .target = target };
    return node;
}

struct node *node_copy(const struct node *from)
{
    struct node *node = malloc(sizeof *node);
    struct node_entry *entry = from->room > 0 ? malloc(from->room * sizeof *entry) : NULL;
    if (!node || (from->room > 0 && !entry)) {
        free(entry);
        free(node);
        return NULL;
    }
    *node = *from;
    node->owners = 1;
    node->pages = pages_share(&from->pages);
    node->entry = entry;
    if (entry)
        memcpy(entry, from->entry, from->n_entries * sizeof *entry);
    return node;
}

void node_free(void *object)
{
    struct node *node = object;
    pages_free(&node->pages);
    free(node->entry);
    free(node);
}

/* Returns where the name is, or where it belongs. */
static uint32_t place_of(const struct node *directory, const char *name, bool *ret_found)
{
    uint32_t low = 0, high = directory->n_entries;
    *ret_found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(directory->entry[middle].name, name);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct node_entry *node_find(const struct node *directory, const char *name)
{
    bool found;
    uint32_t place = place_of(directory, name, &found);
    return found ? &directory->entry[place] : NULL;
}

static int make_room(struct node *directory)
{
    if (directory->n_entries < directory->room)
        return 0;
    uint32_t more = directory->room ? directory->room * 2 : 8;
    struct node_entry *entry = realloc(directory->entry, more * sizeof *entry);
    if (!entry)
        return -1;
    directory->entry = entry;
    directory->room = more;
    return 0;
}

int node_enter(struct node *directory, const char *name, uint32_t node)
{
    bool found;
    uint32_t place = place_of(directory, name, &found);
    if (!found) {
        if (make_room(directory) < 0)
            return -1;
        struct node_entry *entry = &directory->entry[place];
        memmove(entry + 1, entry, (directory->n_entries++ - place) * sizeof *entry);
        entry->name = name;
    }
    directory->entry[place].node = node;
    return 0;
}

void node_remove(struct node *directory, const char *name)
{
    bool found;
    uint32_t place = place_of(directory, name, &found);
    if (!found)
        return;
    struct node_entry *entry = &directory->entry[place];
    memmove(entry, entry + 1, (--directory->n_entries - place) * sizeof *entry);
}
