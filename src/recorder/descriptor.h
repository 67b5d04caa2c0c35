/* SPDX-License-Identifier: MIT
 * descriptor.h: what a descriptor of the target is open on. The recorder gets a copy of the
 * descriptor, which costs less than the files of /proc, and sees through it what the target sees:
 * the very file, its offset and its flags. Not async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_DESCRIPTOR_H
#define RECORDER_DESCRIPTOR_H

#include "recorder/state.h"

/* Copies a descriptor of the thread and looks at the file. ret->fd is -1 if there is none.
 * descriptor_close() closes the copy. */
void descriptor_open(struct recorder *recorder, struct task *task, int fd,
                     struct descriptor *ret);
void descriptor_close(struct descriptor *descriptor);
/* Looks at the file again; false: it cannot. */
bool descriptor_look(struct descriptor *descriptor);
/* Its flags, as open(2) has them; 0: they are not known. */
int descriptor_flags(struct descriptor *descriptor);
/* The offset where the next read or write begins; 0: it has none. */
uint64_t descriptor_offset(const struct descriptor *descriptor);
/* Opens the file for reading, or returns the copy if that will do. -1: it cannot be read, which
 * the recording says. descriptor_reader_close() closes it. */
int descriptor_reader(struct recorder *recorder, struct descriptor *descriptor);
void descriptor_reader_close(const struct descriptor *descriptor, int reader);

#endif
