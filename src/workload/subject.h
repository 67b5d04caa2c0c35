/* SPDX-License-Identifier: MIT
 * subject.h: finds out what kind of workload a file is, without running or loading it. Not
 * async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef WORKLOAD_SUBJECT_H
#define WORKLOAD_SUBJECT_H

#include "base/base.h"
#include "cli/cli.h"

enum subject_kind {
    SUBJECT_PROGRAM, /* an executable with the note of STRESS_WORKLOAD: it is executed */
    SUBJECT_OBJECT,  /* a shared object with the note: a host loads it */
    SUBJECT_COMMAND, /* a plain command: any other executable or script */
    SUBJECT_FILE     /* a workload file: its name ends in .ini */
};

struct subject {
    enum subject_kind kind;
    char path[4096]; /* absolute; a name without a slash is looked up in PATH */
    char name[32];   /* for the run directory: the file's name without directory and ending */
};

/* Finds and classifies options->subject. Returns 0, or -1 with one line for the user. It refuses: a
 * missing file; a directory; a file that is neither executable nor a workload; an ELF file that is
 * not a workload (a library, an object file, a core file), is for another architecture, has a note
 * with another ABI version, or is truncated or hostile; options that do not fit the kind, such as
 * --actors with a workload file. A workload file is read completely, so its errors show here. */
int subject_find(const struct options *options, struct subject *ret, struct error *error);

#endif
