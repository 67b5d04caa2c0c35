/* SPDX-License-Identifier: MIT
 * workload.h: what the user hands over, found out without running it (subject), and what
 * makes commands and workload files a workload (host).
 *
 * Runs in: monitor, supervisor, runner.
 */
#ifndef WORKLOAD_WORKLOAD_H
#define WORKLOAD_WORKLOAD_H

#include "workload/host.h"
#include "workload/source.h"
#include "workload/subject.h"

#endif
