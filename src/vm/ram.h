/* SPDX-License-Identifier: MIT
 * ram.h: the memory of the machine, which this process sees, too: it is a memfd. The guest says
 * where in it the shared memories of its run lie, so they can be read after the guest has died.
 * Nothing that the guest says or leaves is trusted. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_RAM_H
#define VM_RAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "vm/frame.h"

/* A shared memory of the run in the guest. */
struct ram_part {
    uint64_t size;   /* bytes; 0: not known */
    uint64_t *pages; /* the numbers of its pages in the guest. Owned */
    uint64_t known;  /* pages whose numbers have come */
};

struct ram {
    int fd;
    uint64_t size;
    struct ram_part parts[FRAME_PARTS];
};

/* Makes it. Returns 0, or -1 with the reason. */
int ram_open(struct ram *ram, uint64_t mib, struct error *error);
/* Makes it empty for another machine, which has said nothing yet. Returns 0, or -1 with the
 * reason. */
int ram_begin(struct ram *ram, struct error *error);
/* A FRAME_PAGES: where pages of a part lie. Returns 0, or -1 with the reason: it makes no sense. */
int ram_take(struct ram *ram, const struct frame *frame, struct error *error);
/* Copies a part. The caller frees it. NULL: it is not known whole, or there is no memory. */
void *ram_copy(const struct ram *ram, enum frame_part part, uint64_t *ret_size);
void ram_close(struct ram *ram);

#endif
