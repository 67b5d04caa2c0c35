/* SPDX-License-Identifier: MIT
 * record.h: what is known of a run: counters and findings, samples, stacks, faults, and the result
 * that is made of them.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "record/counters.h"
#include "record/doubts.h"
#include "record/finding.h"
#include "record/headline.h"
#include "record/injected.h"
#include "record/known.h"
#include "record/limits.h"
#include "record/origin.h"
#include "record/result.h"
#include "record/run.h"
#include "record/samples.h"
#include "record/servers.h"
#include "record/stacks.h"
#include "record/watch.h"

#endif
