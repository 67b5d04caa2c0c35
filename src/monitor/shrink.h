/* SPDX-License-Identifier: MIT
 * shrink.h: `stress-supervisor shrink`. Monitor only.
 */
#ifndef MONITOR_SHRINK_H
#define MONITOR_SHRINK_H

#include "monitor/options.h"

/* Writes the shortest schedule it found; 0: done, 1: the finding did not come, 128+N: stopped. */
int shrink_run(const struct options *options);

#endif
