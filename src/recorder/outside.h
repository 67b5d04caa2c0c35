/* SPDX-License-Identifier: MIT
 * outside.h: files outside the disk that operations change. No state has them, so whoever judges
 * states must know of them. A file that an operation makes and removes again does not count. Not
 * async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_OUTSIDE_H
#define RECORDER_OUTSIDE_H

#include "recorder/state.h"

/* A call that is not about the disk: notes the file that it may change. */
void outside_note(struct recorder *recorder, const struct task *task);
/* Writes the first file that was changed and is still so; "": there is none. */
void outside_first(const struct recorder *recorder, char *to, size_t size);
void outside_free(struct recorder *recorder);

#endif
