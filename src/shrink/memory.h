/* SPDX-License-Identifier: MIT
 * memory.h: remembers the outcome of each candidate by its hash. Until the work is done they are
 * also in a file beside the output, so that a shrink that was stopped can continue without trying
 * them again. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_MEMORY_H
#define SHRINK_MEMORY_H

#include "shrink/state.h"

/* Reads the file of an earlier shrink, if there is one. An error only costs time. */
void shrink_memory_open(struct shrink *shrink);
/* Frees the memory. Removes the file unless the shrink was stopped. */
void shrink_memory_close(struct shrink *shrink);
uint64_t shrink_memory_key(const struct shrink *shrink, const struct replay *candidate);
/* Was this candidate tried? If so, *ret says whether it shows the same finding. */
bool shrink_memory_find(const struct shrink *shrink, uint64_t key, bool *ret);
/* Remembers an outcome. Without memory the candidate may be tried again. */
void shrink_memory_add(struct shrink *shrink, uint64_t key, bool same);

#endif
