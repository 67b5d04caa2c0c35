/* SPDX-License-Identifier: MIT
 * replay.h: `stress-supervisor replay`. Monitor only.
 */
#ifndef MONITOR_REPLAY_H
#define MONITOR_REPLAY_H

#include "monitor/options.h"

/* Prints what came; the exit status: 1 a finding, 0 none. */
int replay_run(const struct options *options);

#endif
