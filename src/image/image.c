/* SPDX-License-Identifier: MIT
 * image.c: see image.h.
 */
#include "image/image.h"

#include <stdlib.h>

#include "image/nodes.h"

static struct nodes_ends *find_ends(const struct recording *recording)
{
    struct nodes_ends *ends = calloc(1, sizeof *ends + recording->n_nodes * sizeof ends->last[0]);
    if (!ends)
        return NULL;
    ends->owners = 1;
    for (uint64_t i = 0; i < recording->n_steps; i++) {
        const struct recording_step *step = &recording->steps[i];
        if (step->kind < RECORDING_LINK || step->kind > RECORDING_EXCHANGE)
            continue;
        ends->last[step->node] = i;
        if (step->kind >= RECORDING_RENAME && step->other != RECORDING_NONE)
            ends->last[step->other] = i;
    }
    return ends;
}

struct image *image_new(const struct recording *recording)
{
    struct image *image = calloc(1, sizeof *image);
    if (!image)
        return NULL;
    image->recording = recording;
    image->ends = find_ends(recording);
    if (image->ends && nodes_begin(image) == 0)
        return image;
    image_free(image);
    return NULL;
}

struct image *image_clone(const struct image *image)
{
    struct image *copy = malloc(sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *image;
    copy->ends->owners++;
    copy->table = table_share(&image->table);
    return copy;
}

void image_free(struct image *image)
{
    if (!image)
        return;
    table_clear(&image->table, node_free);
    if (image->ends && --image->ends->owners == 0)
        free(image->ends);
    free(image);
}

bool image_has(const struct image *image, uint32_t node)
{
    return nodes_get(image, node) != NULL;
}
