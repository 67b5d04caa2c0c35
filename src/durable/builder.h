/* SPDX-License-Identifier: MIT
 * builder.h: makes the disk of a state. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_BUILDER_H
#define DURABLE_BUILDER_H

#include "durable/state.h"
#include "image/image.h"

struct durable_builder;

/* The recording must outlive it. NULL: no memory. */
struct durable_builder *durable_builder_new(const struct recording *recording);
/* NULL: does nothing. */
void durable_builder_free(struct durable_builder *builder);
/* Makes the disk of a state, which the caller frees; NULL: no memory. It takes the steps from the
 * first loss of this state, or of the one before it if that comes later; a state whose first loss
 * comes earlier begins anew. */
struct image *durable_builder_make(struct durable_builder *builder,
                                   const struct durable_state *state);

#endif
