/* SPDX-License-Identifier: MIT
 * reduce.h: chooses the candidates to try: delta debugging. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_REDUCE_H
#define SHRINK_REDUCE_H

#include "shrink/state.h"

/* Leaves out parts until no further one can be left out. Returns 0, or -1 with `error`; if the user
 * stopped it, error->text is "". */
int shrink_reduce(struct shrink *shrink, struct error *error);

#endif
