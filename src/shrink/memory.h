/* SPDX-License-Identifier: MIT
 * memory.h: what came of candidates, by their hash; also in a file beside the output until the
 * work is done, so that a shrink that was stopped need not try them again. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_MEMORY_H
#define SHRINK_MEMORY_H

#include "shrink/state.h"

/* Reads what an earlier shrink has left. It can do without. */
void shrink_memory_open(struct shrink *shrink);
/* A shrink that was stopped leaves the file. */
void shrink_memory_close(struct shrink *shrink);
uint64_t shrink_memory_key(const struct shrink *shrink, const struct replay *candidate);
/* Was it tried? Then *ret says whether it shows the same finding. */
bool shrink_memory_find(const struct shrink *shrink, uint64_t key, bool *ret);
/* Without memory it is tried again. */
void shrink_memory_add(struct shrink *shrink, uint64_t key, bool same);

#endif
