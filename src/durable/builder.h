/* SPDX-License-Identifier: MIT
 * builder.h: makes the disks of states. It follows the recording under each model, forwards, so a
 * state costs what was pending at its point, as long as the points of a model come in their order:
 * for an earlier point it begins anew. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_BUILDER_H
#define DURABLE_BUILDER_H

#include "durable/state.h"
#include "image/image.h"

struct durable_builder;

/* The recording must outlive it. `pending`: that of the struct durable_limits with which the states
 * were drawn; 0 does for all states. NULL: no memory. */
struct durable_builder *durable_builder_new(const struct recording *recording, uint64_t pending);
/* NULL: does nothing. */
void durable_builder_free(struct durable_builder *builder);
/* Makes the disk of a state, which the caller frees; NULL: no memory. */
struct image *durable_builder_make(struct durable_builder *builder,
                                   const struct durable_state *state);
/* Returns how many steps have gone into disks: the work that it was. */
uint64_t durable_builder_applied(const struct durable_builder *builder);
/* Lists the steps that were pending at a point: those of a state's losses, and those that it kept.
 * The caller frees *ret. -1: no memory. */
int durable_builder_pending(struct durable_builder *builder, enum durable_model model,
                            uint64_t point, uint64_t **ret, size_t *ret_n);

#endif
