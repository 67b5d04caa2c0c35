/* SPDX-License-Identifier: MIT
 * reduce.h: which candidates to try: delta debugging. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_REDUCE_H
#define SHRINK_REDUCE_H

#include "shrink/state.h"

/* Until no part can be left out. -1 with `error`; also when it is stopped, with error->text "". */
int shrink_reduce(struct shrink *shrink, struct error *error);

#endif
