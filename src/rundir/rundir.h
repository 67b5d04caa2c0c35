/* SPDX-License-Identifier: MIT
 * rundir.h: the run directory: events, findings, result, replay files.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_RUNDIR_H
#define RUNDIR_RUNDIR_H

#include "rundir/directory.h"
#include "rundir/events.h"
#include "rundir/finding.h"
#include "rundir/kept.h"
#include "rundir/replay_file.h"
#include "rundir/result.h"
#include "rundir/variables.h"

#endif
