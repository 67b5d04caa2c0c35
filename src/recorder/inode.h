/* SPDX-License-Identifier: MIT
 * inode.h: the nodes of the recorder: which inode is which node of the recording. An inode whose
 * number is used again is another node. Not async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_INODE_H
#define RECORDER_INODE_H

#include "recorder/state.h"

/* Returns the node of an inode; NULL: it is not in the disk. */
struct inode *inode_find(struct recorder *recorder, const struct stat *status);
/* The inode is another object from now on, if it is one of the disk at all. */
void inode_forget(struct recorder *recorder, const struct stat *status);
/* Takes an inode into the disk, as a new node, and writes its steps: NODE and, of what has content
 * already, the content with everything below it. `parent` and `name`: where it lies, for
 * reading; its name is not written. `call`: that the steps belong to. NULL: it cannot be read, or
 * no memory. */
struct inode *inode_adopt(struct recorder *recorder, int parent, const char *name, bool witness,
                        uint32_t call);
/* The same for a file that has no name. `fd`: open. */
struct inode *inode_adopt_open(struct recorder *recorder, int fd, bool witness, uint32_t call);
/* Says of the recording that it is not exact, if the file has extended attributes, which no state
 * has. `fd`: of the file, or of the directory that the name lies in; not NULL: the name. */
void inode_look_at_attributes(struct recorder *recorder, int fd, const char *name);
/* Writes the whole tree as it is, as durable: BASE to READY. */
void inode_base(struct recorder *recorder);
/* Forgets all nodes. */
void inode_forget_all(struct recorder *recorder);
/* Writes the bytes that a file has now in this range. `fd`: of the file, readable. */
void inode_written(struct recorder *recorder, struct inode *node, int fd, uint64_t offset,
                  uint64_t length, uint16_t flags, uint32_t call);
/* Writes a name. */
void inode_linked(struct recorder *recorder, const struct inode *dir, const char *name,
                 const struct inode *node, uint32_t call);

#endif
