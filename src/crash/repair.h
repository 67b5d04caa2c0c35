/* SPDX-License-Identifier: MIT
 * repair.h: the proved repair: which barrier would make the states of a finding impossible. It
 * needs no run, since the states follow from the steps. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_REPAIR_H
#define CRASH_REPAIR_H

#include "crash/state.h"

/* Tries barriers before the steps that follow the losses of each finding: an fsync of the file, of
 * the directory. Keeps the first that removes all of its cases, or else the one that removes the
 * most. Returns 0, or -1: no memory. */
int repair_find(struct crash *crash);

#endif
