/* SPDX-License-Identifier: MIT
 * picture.h: the steps of a finding for result.json: what became of each, and since when it was
 * durable. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_PICTURE_H
#define CRASH_PICTURE_H

#include <jansson.h>

#include "crash/state.h"

/* Returns the last steps before the crash of the finding's first state, and all that it lost, in
 * their order (new reference): "step", "text", "fate" ("durable", "kept", "lost", "torn"; null: the
 * step does not change the disk) and "durable_at", the step that made it durable (null: none).
 * NULL: no memory. */
json_t *picture_steps(const struct crash *crash, const struct crash_finding *finding);

#endif
