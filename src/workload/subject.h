/* SPDX-License-Identifier: MIT
 * subject.h: what kind of workload a file is, found out without running or loading it.
 * Not async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef WORKLOAD_SUBJECT_H
#define WORKLOAD_SUBJECT_H

#include "base/base.h"
#include "cli/cli.h"

enum subject_kind {
    SUBJECT_PROGRAM, /* kind 1: an executable with the note of STRESS_WORKLOAD: it is exec'ed */
    SUBJECT_OBJECT,  /* kind 1: a shared object with the note: a host loads it */
    SUBJECT_COMMAND, /* kind 2: any other executable or script */
    SUBJECT_FILE     /* kind 3: a workload file (INI), recognised by its name ending in .ini */
};

struct subject {
    enum subject_kind kind;
    char path[4096]; /* absolute; found along PATH if the name has no slash */
    char name[32];   /* fit for the run directory: the file's name without directory and ending */
};

/* Finds and classifies options->subject, by libelf for an ELF file. Refuses with one clear line:
 * no such file, a directory, not executable and no workload, an ELF file that is no workload (a
 * library, an object file, a core), another machine's architecture, a note with another ABI
 * version, a truncated or hostile ELF; options that do not fit the kind (--actors and hooks for
 * kinds 1 and 3, ...). A workload file is parsed in full, so that its errors show here. */
int subject_find(const struct options *options, struct subject *ret, struct error *error);

#endif
