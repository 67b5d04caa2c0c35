/* SPDX-License-Identifier: MIT
 * finding_files.h: the files of one finding: finding.json, stderr, operations.txt, stack.txt,
 * replay and reproduce.txt. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_FINDING_FILES_H
#define RUNDIR_FINDING_FILES_H

#include "record/record.h"
#include "rundir/directory.h"

/* What the files are made of. */
struct finding_files {
    const struct record *record;
    const struct record_finding *finding;
    const char *output; /* output_size bytes of what the process wrote */
    size_t output_size;
};

/* Writes all files below the directory `at`, and adds their sizes to *size. Returns 0, or -1 with
 * the reason. */
int finding_files_write(int at, const struct finding_files *files, size_t *size,
                        struct error *error);
/* Writes operations.txt and replay alone, and sets *ret to "operations" of finding.json (new
 * reference). Returns 0, or -1 with the reason. */
int finding_files_story(int at, const struct record *record, const struct record_finding *finding,
                        json_t **ret, struct error *error);
/* Writes what each server wrote, in place of old files, and adds the sizes to *size. */
int finding_files_servers(int at, const struct record *record, size_t *size, struct error *error);
/* The content of finding.json (new reference). NULL: out of memory. */
json_t *finding_files_json(const struct record *record, const struct record_finding *finding);

#endif
