/* SPDX-License-Identifier: MIT
 * finding_replay.h: a finding as a replay file. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_FINDING_REPLAY_H
#define RUNDIR_FINDING_REPLAY_H

#include <stdio.h>

#include "record/record.h"

/* What the directory of a finding has in `replay`. -1: no memory. */
int rundir_replay(FILE *out, const struct record *record, const struct record_finding *finding,
                  struct error *error);

#endif
