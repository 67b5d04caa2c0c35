/* SPDX-License-Identifier: MIT
 * losses.h: which of the pending steps a crash has taken back, such that the model permits it. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_LOSSES_H
#define DURABLE_LOSSES_H

#include "durable/pending.h"

enum losses_fate {
    LOSSES_KEPT,
    LOSSES_LOST,
    LOSSES_TORN, /* some of its bytes are kept; the order of other steps takes it as lost */
    LOSSES_GREW, /* so, too: the file grew without its bytes, or has the old name, too */
    LOSSES_CLEARED /* so, too: a rename has only removed what it replaces */
};

struct losses {
    const struct pending *pending;
    uint8_t *fate;  /* of each entry that is pending: enum losses_fate */
    uint64_t *keep; /* LOSSES_TORN: how many bytes */
    size_t room;
    struct losses_names *names; /* of each entry: those before it about the same names */
    uint64_t changes;           /* of the list, when they were looked up; + 1 */
    struct losses_mark *marks;  /* of nodes */
    uint64_t round;
};

/* Returns 0, or -1: no memory. losses_end() frees what it needs. */
int losses_begin(struct losses *losses, const struct pending *pending);
void losses_end(struct losses *losses);
/* How much of such an entry is kept, as image_apply() takes it. */
uint64_t losses_kept(const struct losses *losses, size_t entry);
/* The fate of an entry of which so much is kept. */
enum losses_fate losses_fate_of(uint64_t kept);
/* Can this entry be lost? */
bool losses_possible(const struct losses *losses, size_t entry);
/* Keeps all, or loses all that can be lost. -1: no memory. */
int losses_none(struct losses *losses);
int losses_all(struct losses *losses);
/* Adds what the model loses with what is lost. */
void losses_close(struct losses *losses);
/* Keeps an entry, and what the model keeps with it; the rest stays as it is. */
void losses_require(struct losses *losses, size_t entry);
/* Are the losses closed? Does not change them. */
bool losses_are_closed(struct losses *losses);
/* Puts what is kept of the pending steps into an image of the disk without them. *applied grows by
 * how many steps that are. -1: no memory. */
int losses_apply(const struct losses *losses, struct image *image, uint64_t *applied);

#endif
