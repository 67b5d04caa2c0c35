/* SPDX-License-Identifier: MIT
 * candidate.h: makes a replay file of a candidate, and writes the best one so far to the output.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_CANDIDATE_H
#define SHRINK_CANDIDATE_H

#include "shrink/state.h"

/* Makes a replay file that has only these parts; NULL: no memory. It points into shrink->replay.
 * Free it with shrink_candidate_free(). */
struct replay *shrink_candidate(const struct shrink *shrink, const bool *parts);
void shrink_candidate_free(struct replay *candidate);
/* Makes a shorter candidate the best one and writes it to the output. 0, or -1 with `error`. */
int shrink_accept(struct shrink *shrink, const bool *parts, struct error *error);

#endif
