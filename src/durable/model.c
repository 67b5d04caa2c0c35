/* SPDX-License-Identifier: MIT
 * model.c: see model.h.
 */
#include "durable/model.h"

#include <string.h>

static const struct model models[DURABLE_MODELS] = {
    [DURABLE_PROCESS] = {
        .name = "process",
        .promise = "Processes are killed, the kernel lives on: nothing that was written is lost.",
        .sync = MODEL_SYNC_NOTHING,
    },
    [DURABLE_POSIX] = {
        .name = "posix",
        .promise = "fsync makes the data, the size and the attributes of a file durable, and the "
                   "names in a directory; fdatasync the data and the size. A rename is atomic. All "
                   "else may be lost, in any order, and a file may have grown without its bytes.",
        .sync = MODEL_SYNC_NODE,
        .zeros = true,
    },
    [DURABLE_EXT4] = {
        .name = "ext4",
        .promise = "As posix, and: names, attributes and sizes are kept in their order; an fsync "
                   "of a file, or an fdatasync of one that has grown, keeps all of them up to the "
                   "last change of the file. Data is written before a rename that replaces a file. "
                   "(data=ordered and auto_da_alloc, which are the defaults of ext4.)",
        .sync = MODEL_SYNC_JOURNAL,
        .in_order = true,
        .data_first = true,
        .new_blocks = true,
        .zeros = true,
    },
    [DURABLE_XFS] = {
        .name = "xfs",
        .promise = "As ext4, without the rule on data: a file that was renamed over another may be "
                   "empty. But a file does not grow without its bytes.",
        .sync = MODEL_SYNC_JOURNAL,
        .in_order = true,
        .new_blocks = true,
    },
    [DURABLE_BTRFS] = {
        .name = "btrfs",
        .promise = "As posix, and: an fsync of a file also makes durable the names that lead to it "
                   "at last. Of a file that was moved from another directory, an fsync of the new "
                   "directory keeps the new name, and the old one may be there, too. A new file "
                   "that was synced may be gone by a rename over it that is lost, once any file "
                   "was synced after it.",
        .sync = MODEL_SYNC_NAMES,
        .new_blocks = true,
    },
};

const struct model *model_of(enum durable_model model)
{
    return &models[model];
}

int durable_model_parse(const char *name)
{
    for (int i = 0; i < DURABLE_MODELS; i++)
        if (strcmp(models[i].name, name) == 0)
            return i;
    return -1;
}

const char *durable_model_name(enum durable_model model)
{
    return models[model].name;
}

const char *durable_model_promise(enum durable_model model)
{
    return models[model].promise;
}
