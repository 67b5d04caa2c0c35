/* SPDX-License-Identifier: MIT
 * rundir_replay.h: a finding as a replay file. Monitor only.
 */
#ifndef MONITOR_RUNDIR_REPLAY_H
#define MONITOR_RUNDIR_REPLAY_H

#include <stdio.h>

#include "monitor/record.h"

/* What the directory of a finding has in `replay`. -1: no memory. */
int rundir_replay(FILE *out, const struct record *record, const struct record_finding *finding,
                  struct error *error);

#endif
