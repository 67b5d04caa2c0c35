/* SPDX-License-Identifier: MIT
 * hash.c: see hash.h. XXH3 of Y. Collet.
 */
#include "image/hash.h"

#include <string.h>
#include <xxhash.h>

#include "image/walk.h"

struct summary {
    uint64_t number; /* of the entry where the node was met first; 0: it is this one */
    uint64_t size, bytes;
    uint64_t time;   /* that a program has set; others do not make a disk another one */
    uint32_t mode, uid, gid;
    uint32_t left;
};

static void add_entry(XXH3_state_t *state, const struct walk *walk)
{
    const struct node *node = walk->node;
    struct summary summary = { .number = walk->first ? 0 : walk->link->number,
                               .size = node->pages.size, .bytes = pages_hash(&node->pages),
                               .time = node->timed ? node->time : 0,
                               .mode = node->mode, .uid = node->uid, .gid = node->gid };
    XXH3_128bits_update(state, walk->name, strlen(walk->name) + 1);
    XXH3_128bits_update(state, &summary, sizeof summary);
    if (S_ISLNK(node->mode))
        XXH3_128bits_update(state, node->target, strlen(node->target) + 1);
}

int image_hash(const struct image *image, struct image_hash *ret)
{
    XXH3_state_t *state = XXH3_createState();
    struct walk walk;
    int more = state && XXH3_128bits_reset(state) == XXH_OK ? 1 : -1;
    walk_begin(&walk, image, RECORDING_DISK);
    while (more > 0 && (more = walk_next(&walk)) > 0)
        if (walk.left)
            XXH3_128bits_update(state, "/", 1);
        else if (node_is_built(walk.node))
            add_entry(state, &walk);
    walk_end(&walk);
    if (more == 0) {
        XXH128_hash_t hash = XXH3_128bits_digest(state);
        *ret = (struct image_hash){ hash.low64, hash.high64 };
    }
    XXH3_freeState(state);
    return more;
}
