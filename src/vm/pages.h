/* SPDX-License-Identifier: MIT
 * pages.h: the guest's side of its shared memories: keeps their pages where they are and tells the
 * host where that is, and fills them with what an earlier machine had in them. Not
 * async-signal-safe.
 *
 * Runs in: the guest's init.
 */
#ifndef VM_PAGES_H
#define VM_PAGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/base.h"
#include "vm/frame.h"

struct pages {
    bool shown[FRAME_PARTS];
    struct {
        unsigned char *bytes; /* Owned; NULL: none */
        uint64_t size, used;
    } kept[FRAME_PARTS];      /* what an earlier machine had */
};

/* A FRAME_KEPT: a piece of what an earlier machine had. Returns 0, or -1 with the reason. */
int pages_keep(struct pages *pages, const struct frame *frame, struct error *error);
/* Looks for the shared memories of the process, fills new ones with what was kept, and sends to the
 * port where they lie. Returns 0, or -1 with the reason. */
int pages_show(struct pages *pages, pid_t pid, int port, struct error *error);

#endif
