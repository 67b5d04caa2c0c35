/* SPDX-License-Identifier: MIT
 * finding.h: the directories of findings: made under another name and renamed, so that each is there
 * whole or not at all; all of them together have a limit. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_FINDING_H
#define RUNDIR_FINDING_H

#include "record/record.h"
#include "rundir/directory.h"

/* Writes findings/NNNN-kind-what-actor/ with finding.json, stderr (`output` bytes of what the actor
 * wrote), operations.txt, reproduce.txt, replay, and stack.txt if there is a stack. Sets
 * finding->directory. Then the event. */
void rundir_finding(struct rundir *rundir, const struct record *record,
                    struct record_finding *finding, const char *output, size_t output_size);
/* Writes its finding.json anew. */
void rundir_finding_update(struct rundir *rundir, const struct record *record,
                           const struct record_finding *finding);
/* It came `again`: that goes below its directory, into latest/, in place of what is there. Then the
 * event. */
void rundir_finding_again(struct rundir *rundir, const struct record *record,
                          const struct record_finding *finding, const struct record_finding *again,
                          const char *output, size_t output_size);

#endif
