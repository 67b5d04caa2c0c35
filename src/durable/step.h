/* SPDX-License-Identifier: MIT
 * step.h: kinds of steps, as the models distinguish them.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_STEP_H
#define DURABLE_STEP_H

#include "recording/recording.h"

/* The bytes of a file, or its size. */
static inline bool step_is_data(const struct recording_step *step)
{
    return step->kind >= RECORDING_WRITE && step->kind <= RECORDING_SIZE;
}

static inline bool step_is_bytes(const struct recording_step *step)
{
    return step->kind == RECORDING_WRITE || step->kind == RECORDING_ZERO;
}

/* The names in directories. */
static inline bool step_is_name(const struct recording_step *step)
{
    return step->kind >= RECORDING_LINK && step->kind <= RECORDING_EXCHANGE;
}

static inline bool step_is_attribute(const struct recording_step *step)
{
    return step->kind == RECORDING_MODE || step->kind == RECORDING_TIMES;
}

/* What a journal keeps in order. */
static inline bool step_is_metadata(const struct recording_step *step)
{
    return step_is_name(step) || step->kind == RECORDING_SIZE || step_is_attribute(step);
}

/* Does a file take the name of another one? */
static inline bool step_replaces(const struct recording_step *step)
{
    return step->kind == RECORDING_RENAME && step->other != RECORDING_NONE;
}

/* Is the file cut to 0 bytes? */
static inline bool step_cuts(const struct recording_step *step)
{
    return step->kind == RECORDING_SIZE && step->length == 0;
}

/* Does it change what the outside world has seen? */
static inline bool step_is_witness(const struct recording_step *step)
{
    return (step->kind >= RECORDING_OUTPUT && step->kind <= RECORDING_END) ||
           ((step->flags & RECORDING_OF_WITNESS) != 0 &&
            (step_is_data(step) || step_is_metadata(step)));
}

/* Does it make other steps durable? */
static inline bool step_is_barrier(const struct recording_step *step)
{
    return step->kind == RECORDING_SYNC || step->kind == RECORDING_SYNC_ALL ||
           (step->kind == RECORDING_WRITE && (step->flags & RECORDING_SYNCHRONOUS) != 0);
}

#endif
