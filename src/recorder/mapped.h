/* SPDX-License-Identifier: MIT
 * mapped.h: stores into shared mappings, which have no call. The pages of a mapped file are
 * compared with what was last seen of them, by hash; those that differ become steps. Not
 * async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_MAPPED_H
#define RECORDER_MAPPED_H

#include "recorder/state.h"

/* A process maps the file from now on. `fd`: of the file, readable. */
void mapped_begin(struct recorder *recorder, struct inode *node, int fd);
/* Writes what was stored since the last look, of all mapped files. `call`: that the target makes
 * now. */
void mapped_look(struct recorder *recorder, uint32_t call);
/* A step has these bytes of a file already. */
void mapped_seen(struct inode *node, int fd, uint64_t offset, uint64_t length);
/* A file has been cut to, or has grown to, this size. */
void mapped_cut(struct inode *node, uint64_t size);
/* Frees the hashes of a file. */
void mapped_free(struct inode *node);
/* The node is another file from now on. */
void mapped_drop(struct recorder *recorder, struct inode *node);

#endif
