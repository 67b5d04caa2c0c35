/* SPDX-License-Identifier: MIT
 * doubts.h: what a run knows that it did not see, do or prove: what the session counted, what the
 * injector noted, and rules that never fired. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_DOUBTS_H
#define RECORD_DOUBTS_H

#include "doubt/doubt.h"
#include "record/run.h"

/* The doubts of the run so far. */
void record_doubts(const struct record *record, struct doubts *ret);

#endif
