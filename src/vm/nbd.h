/* SPDX-License-Identifier: MIT
 * nbd.h: serves a disk with a cache (cache.h) to QEMU, over a socket, in the protocol of network
 * block devices (doc/proto.md of NetworkBlockDevice/nbd, fixed newstyle): reads, writes, flushes.
 * What was answered is in the cache. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_NBD_H
#define VM_NBD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "vm/cache.h"

enum { NBD_MOST = 1 << 20 /* bytes of a request */ };

struct nbd_buffer {
    unsigned char *bytes;
    size_t used, done; /* done: at its begin, which have gone */
};

struct nbd {
    int fd;               /* does not block; -1: closed. Not the server's */
    struct cache *cache;
    bool greeted, serves; /* serves: it reads and writes */
    struct nbd_buffer in, out;
};

/* Begins. Returns 0, or -1 with the reason. */
int nbd_begin(struct nbd *nbd, int fd, struct cache *cache, struct error *error);
/* Whether it waits for room to answer, and reads nothing until then. */
bool nbd_is_full(const struct nbd *nbd);
/* Takes and answers what has come. Returns 1, 0 if the other side has ended it, or -1 with the
 * reason. */
int nbd_hear(struct nbd *nbd, struct error *error);
void nbd_end(struct nbd *nbd);

#endif
