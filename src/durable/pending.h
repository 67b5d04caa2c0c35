/* SPDX-License-Identifier: MIT
 * pending.h: follows the steps of a recording under a model: which have been made and can still be
 * lost, and the disk without those. Not async-signal-safe.
 *
 * What becomes durable goes into the disk at once, unless an earlier step that is pending is about
 * the same file or name: then it stays in the list, marked, since steps come in their order. So the
 * list, and what it costs to build a state, depends on what is pending and not on the run.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_PENDING_H
#define DURABLE_PENDING_H

#include "durable/model.h"
#include "image/image.h"
#include "recording/recording.h"

struct pending_entry {
    uint64_t step;
    bool durable;
    bool named;    /* RENAME: its new name is durable, the old one can still be there */
    bool cleared;  /* RENAME: if it is lost, what it replaces may be gone all the same */
    uint64_t size; /* of its file before it, if nothing is lost */
};

struct pending {
    const struct recording *recording;
    const struct model *model;
    struct image *image;         /* the disk with what has left the list */
    struct pending_entry *entry; /* in the order of their steps */
    size_t n, room;
    bool in_base;                /* between RECORDING_BASE and RECORDING_READY */
    uint64_t changes;            /* grows whenever the states that are possible may change */
    uint64_t applied;            /* steps that went into the disk */
    uint64_t most, settled;      /* at most this number in the list: the oldest ones that are more
                                  * are taken as durable, and counted; 0: any number */
    uint64_t *sizes;             /* of the nodes, if nothing is lost */
    bool *fresh;                 /* of the nodes: made since all was durable */
    uint64_t *keys;              /* of files and names, while the list is cleared */
    size_t n_keys;
};

/* Begins before the first step. `most`: see above. Returns 0, or -1: no memory. pending_end() frees
 * what it needs. */
int pending_begin(struct pending *pending, const struct recording *recording,
                  enum durable_model model, uint64_t most);
void pending_end(struct pending *pending);
/* Makes the step. Steps come in their order. -1: no memory. */
int pending_step(struct pending *pending, uint64_t step);
/* Makes a SYNC, which the recording does not need to have. -1: no memory. */
int pending_sync(struct pending *pending, const struct recording_step *sync);
/* The names, and the sectors of files, that the entries of the list are about. */
struct pending_names;
/* Returns NULL: no memory. pending_names_free() frees it. */
struct pending_names *pending_names_new(void);
void pending_names_free(struct pending_names *names);
/* Comes to an entry. ret_before: which entries that were visited it needs: the last ones about its
 * two names, or about the sectors at its borders that it does not cover; + 1; 0: none. -1: no
 * memory. */
int pending_names_visit(struct pending_names *names, const struct pending *pending, size_t entry,
                        size_t ret_before[2]);

#endif
