/* SPDX-License-Identifier: MIT
 * workload.h: what the user hands over. subject.h finds out what it is without running it, and
 * host.h makes commands and workload files a workload.
 *
 * Runs in: monitor, supervisor, runner.
 */
#ifndef WORKLOAD_WORKLOAD_H
#define WORKLOAD_WORKLOAD_H

#include "workload/host.h"
#include "workload/source.h"
#include "workload/subject.h"
#include "workload/tested.h"

#endif
