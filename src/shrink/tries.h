/* SPDX-License-Identifier: MIT
 * tries.h: tries candidates in parallel. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_TRIES_H
#define SHRINK_TRIES_H

#include "shrink/state.h"

int shrink_tries_open(struct shrink *shrink, struct error *error);
void shrink_tries_close(struct shrink *shrink);
/* Tries n candidates, at most n_trials; ret_same[i] says whether candidate i shows the finding.
 * Errors as from shrink_reduce(). */
int shrink_try(struct shrink *shrink, bool *const *candidates, unsigned n, bool *ret_same,
               struct error *error);

#endif
