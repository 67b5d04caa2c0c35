/* SPDX-License-Identifier: MIT
 * model.h: what a crash may take back, by the kind of crash and of file system.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_MODEL_H
#define DURABLE_MODEL_H

#include <stdbool.h>

enum durable_model {
    DURABLE_PROCESS, /* processes die, the kernel lives on */
    DURABLE_POSIX,   /* the power goes: what the standard promises, on any file system */
    DURABLE_EXT4,
    DURABLE_XFS,
    DURABLE_BTRFS,
    DURABLE_MODELS
};

/* Which steps a SYNC makes durable. */
enum model_sync {
    MODEL_SYNC_NOTHING, /* all steps are durable as they are */
    MODEL_SYNC_NODE,    /* data and attributes of a file, names of a directory */
    MODEL_SYNC_JOURNAL, /* also the names, attributes and sizes of all nodes up to the last change
                         * of those of the file: what came later may be in the next commit */
    MODEL_SYNC_NAMES    /* also the names that lead to the node now, without the steps by which it
                         * came to them */
};

struct model {
    const char *name;
    const char *promise; /* what it promises, for the user */
    enum model_sync sync;
    bool in_order;       /* names, attributes and sizes are lost from the last one backwards */
    bool data_first;     /* data is written before a rename that replaces a file */
    bool new_blocks;     /* what is written where a file had been cut is lost with the cut */
    bool zeros;          /* a file may have grown without its bytes */
};

/* Returns the row of a model. */
const struct model *model_of(enum durable_model model);
/* Finds a model by its name. Returns -1 if there is none. */
int durable_model_parse(const char *name);
const char *durable_model_name(enum durable_model model);
/* Returns what it promises, for the user. */
const char *durable_model_promise(enum durable_model model);

#endif
