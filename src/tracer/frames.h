/* SPDX-License-Identifier: MIT
 * frames.h: frames of stacks that were kept as they were. What they name may be hostile, so a child
 * reads it. Not async-signal-safe.
 *
 * Runs in: monitor; its child.
 */
#ifndef TRACER_FRAMES_H
#define TRACER_FRAMES_H

#include <jansson.h>
#include <stddef.h>

#include "tracer/sample.h"

/* Returns the frames of each sample, innermost first, as tracer/unwind.h describes them: an array
 * of n arrays (a new reference). Those that could not be read have none. NULL: no memory. */
json_t *frames_read(const struct stack_sample *samples, size_t n);

#endif
