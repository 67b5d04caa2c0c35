/* SPDX-License-Identifier: MIT
 * outcome.h: what a call did to the disk: each function writes the steps of its calls, once they
 * have returned. Not async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_OUTCOME_H
#define RECORDER_OUTCOME_H

#include "recorder/state.h"

/* task->visit: what was known of the call at its entry. `result`: what it returned, or -errno. */
void outcome_write(struct recorder *recorder, struct task *task, int64_t result);
/* copy_file_range, splice, sendfile. */
void outcome_copy(struct recorder *recorder, struct task *task, int64_t result);
void outcome_ioctl(struct recorder *recorder, struct task *task, int64_t result);
void outcome_fallocate(struct recorder *recorder, struct task *task, int64_t result);
void outcome_ftruncate(struct recorder *recorder, struct task *task, int64_t result);
void outcome_truncate(struct recorder *recorder, struct task *task, int64_t result);
void outcome_open(struct recorder *recorder, struct task *task, int64_t result);
/* Makes a name: mkdir, mknod, symlink, bind. */
void outcome_make(struct recorder *recorder, struct task *task, int64_t result);
void outcome_link(struct recorder *recorder, struct task *task, int64_t result);
void outcome_unlink(struct recorder *recorder, struct task *task, int64_t result);
void outcome_rename(struct recorder *recorder, struct task *task, int64_t result);
/* Changes permissions or the owner. */
void outcome_attributes(struct recorder *recorder, struct task *task, int64_t result);
/* Sets timestamps. */
void outcome_times(struct recorder *recorder, struct task *task, int64_t result);
/* Changes extended attributes: a list for access control has permissions. */
void outcome_list(struct recorder *recorder, struct task *task, int64_t result);
void outcome_fsync(struct recorder *recorder, struct task *task, int64_t result);
void outcome_sync(struct recorder *recorder, struct task *task, int64_t result);
void outcome_msync(struct recorder *recorder, struct task *task, int64_t result);
void outcome_mmap(struct recorder *recorder, struct task *task, int64_t result);
/* io_submit: its writes are seen as stores into a mapping are. */
void outcome_submit(struct recorder *recorder, struct task *task, int64_t result);

#endif
