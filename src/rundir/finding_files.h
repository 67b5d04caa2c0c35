/* SPDX-License-Identifier: MIT
 * finding_files.h: the files of one finding: finding.json, stderr, operations.txt, stack.txt, replay
 * and reproduce.txt. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_FINDING_FILES_H
#define RUNDIR_FINDING_FILES_H

#include "record/record.h"
#include "rundir/directory.h"

/* What they are made of. */
struct finding_files {
    const struct record *record;
    const struct record_finding *finding;
    const char *output; /* output_size bytes of what the process wrote */
    size_t output_size;
};

/* Writes all of them below `at`; *size grows by what they take. 0 or -1. */
int finding_files_write(int at, const struct finding_files *files, size_t *size,
                        struct error *error);
/* The content of finding.json (new reference). NULL: no memory. */
json_t *finding_files_json(const struct record *record, const struct record_finding *finding);

#endif
