/* SPDX-License-Identifier: MIT
 * fidelity.h: compares the steps with the disk. Not async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_FIDELITY_H
#define RECORDER_FIDELITY_H

#include "recorder/state.h"

/* Do all steps together give the tree that is there? Writes to recorder->fidelity where they do
 * not; once they have not, they never do. */
void fidelity_compare(struct recorder *recorder);
/* For tests: the same after a call, where the environment asks for it. The text names the step. */
void fidelity_after_call(struct recorder *recorder);

#endif
