/* SPDX-License-Identifier: MIT
 * fewest.h: shrinks the losses of findings: each loss that a state does not need to fail is kept.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_FEWEST_H
#define CRASH_FEWEST_H

#include "crash/state.h"

enum { FEWEST_FINDINGS = 20, FEWEST_LOSSES = 24 /* that are undone one by one */,
       FEWEST_ROUNDS = 32, FEWEST_STATES = 256 /* or as many as were judged before */ };

/* Adds cases behind the others: for each finding the state of its first case with fewer losses, the
 * fewest first. Returns how many, or -1: no memory. */
int fewest_propose(struct crash *crash);
/* After these cases have been judged: gives each finding the first of them that fails in the same
 * way. Returns how many findings have got one. */
unsigned fewest_take(struct crash *crash, size_t from);

#endif
