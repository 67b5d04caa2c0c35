/* SPDX-License-Identifier: MIT
 * finding.h: the directories of findings. Each is made under another name and renamed, so it is
 * there completely or not at all. All of them together have a size limit. Failures are remembered
 * in `rundir`. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_FINDING_H
#define RUNDIR_FINDING_H

#include "record/record.h"
#include "rundir/directory.h"

/* Writes findings/NNNN-kind-what-actor/ with finding.json, stderr (the `output_size` bytes that the
 * process wrote), operations.txt, reproduce.txt, replay, and stack.txt if there is a stack. Sets
 * finding->directory. Appends the event. */
void rundir_finding(struct rundir *rundir, const struct record *record,
                    struct record_finding *finding, const char *output, size_t output_size);
/* Writes into the directory `at` of a finding that is not one of a run's own processes what its
 * actors did: operations.txt and replay. Sets *ret to "operations" of finding.json (new reference).
 * Returns 0, or -1 with the reason. */
int rundir_story(int at, const struct record *record, const struct record_finding *finding,
                 json_t **ret, struct error *error);
/* Keeps a copy of `scratch` (see kept.h) in the finding's directory, if it has one, and says so in
 * finding.json. */
void rundir_finding_keep(struct rundir *rundir, const struct record *record,
                         struct record_finding *finding, int scratch);
/* Writes anew what the servers wrote; finding.json is to follow. */
void rundir_finding_servers(struct rundir *rundir, const struct record *record,
                            const struct record_finding *finding);
/* Rewrites finding.json. */
void rundir_finding_update(struct rundir *rundir, const struct record *record,
                           const struct record_finding *finding);
/* The finding occurred `again`: rewrites finding.json, writes the new occurrence to latest/ below
 * the finding's directory, in place of an earlier one, and appends the event. */
void rundir_finding_again(struct rundir *rundir, const struct record *record,
                          const struct record_finding *finding, const struct record_finding *again,
                          const char *output, size_t output_size);

#endif
