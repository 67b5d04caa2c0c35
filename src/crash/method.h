/* SPDX-License-Identifier: MIT
 * method.h: how an enumeration gets its states: all from one recorded run, or by a run for each
 * point; and which of both a workload allows. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_METHOD_H
#define CRASH_METHOD_H

#include "crash/state.h"

/* Reads --model and --method and decides, as far as the options tell, whether the states may come
 * from a recording. Returns 0, or -1 with `error`: wrong usage. */
int method_choose(struct crash *crash, struct error *error);
/* Why the options alone ask for a run for each point; NULL: they do not. */
const char *method_forced(const struct crash *crash);
/* Can only a recording answer what was asked? */
bool method_is_needed(const struct crash *crash);
/* Why the states cannot come from the recorded run; NULL: they can. The text is overwritten by the
 * next call. */
const char *method_obstacle(const struct crash *crash);

#endif
