/* SPDX-License-Identifier: MIT
 * tries.h: tries candidates, side by side. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_TRIES_H
#define SHRINK_TRIES_H

#include "shrink/state.h"

int shrink_tries_open(struct shrink *shrink, struct error *error);
void shrink_tries_close(struct shrink *shrink);
/* Tries each of n candidates; which of them show the same finding? -1 as shrink_reduce(). */
int shrink_try(struct shrink *shrink, bool *const *candidates, unsigned n, bool *ret_same,
               struct error *error);

#endif
