/* SPDX-License-Identifier: MIT
 * cut.h: files that were cut to 0 bytes and are not closed yet. Some file systems write the data of
 * such a file at its close. Not async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_CUT_H
#define RECORDER_CUT_H

#include "recorder/state.h"

/* A process has cut a file to 0 bytes. */
void cut_begin(struct recorder *recorder, pid_t process, struct inode *node);
/* A process has closed descriptors, or all of them (`ended`): writes the closes of files that it
 * had cut. */
void cut_closed(struct recorder *recorder, pid_t process, bool ended);
/* The node is another file from now on. */
void cut_forget(struct recorder *recorder, struct inode *node);

#endif
