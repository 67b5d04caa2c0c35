/* SPDX-License-Identifier: MIT
 * candidate.h: a candidate as a replay file, and the best one so far as the output. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_CANDIDATE_H
#define SHRINK_CANDIDATE_H

#include "shrink/state.h"

/* The replay file that keeps these parts; NULL: no memory. Its pieces belong to shrink->replay. */
struct replay *shrink_candidate(const struct shrink *shrink, const bool *parts);
void shrink_candidate_free(struct replay *candidate);
/* A shorter one came: writes it. -1. */
int shrink_accept(struct shrink *shrink, const bool *parts, struct error *error);

#endif
