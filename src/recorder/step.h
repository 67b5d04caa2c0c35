/* SPDX-License-Identifier: MIT
 * step.h: writes steps of the recording. Not async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_STEP_H
#define RECORDER_STEP_H

#include <time.h>

#include "base/base.h"
#include "recorder/state.h"

/* A time as steps have it. */
static inline uint64_t step_time(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * CLOCK_SECOND + (uint64_t)time->tv_nsec;
}
/* Writes one step; the flag of the witness is set by the node, which may be NULL. */
void step_put(struct recorder *recorder, const struct inode *node,
              const struct recording_step *step);
/* Writes the bytes that a file has now in this range, and returns how many they are. `fd`: of the
 * file, readable. */
uint64_t step_written(struct recorder *recorder, const struct inode *node, int fd, uint64_t offset,
                      uint64_t length, uint16_t flags, uint32_t call);

#endif
