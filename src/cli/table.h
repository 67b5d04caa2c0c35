/* SPDX-License-Identifier: MIT
 * table.h: the table of options, and who uses it:
 *   options_table.c  the table: the only list of them
 *   options.c        parses the command line
 *   options_help.c   --help
 *   options_line.c   the way back: the command line that does the same again
 *
 * Runs in: monitor, supervisor.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>

#include "base/base.h"
#include "cli/options.h"

enum option_kind {
    KIND_NUMBER,   /* struct options_number */
    KIND_SEED,     /* the same; any 64 bits */
    KIND_DURATION, /* the same, ns; 0 means none */
    KIND_TIMEOUT,  /* uint64_t, ns; not 0 */
    KIND_TEXT,     /* const char * */
    KIND_FLAG,     /* bool */
    KIND_SANDBOX,
    KIND_SCHEDULE,
    KIND_INJECTION, /* may be given several times */
    KIND_ACCEPT,    /* may be given several times */
    KIND_FORMAT,
    KIND_MORE,
    KIND_LESS,
    KIND_HELP,
    KIND_VERSION
};

/* The commands that an option goes with. */
enum { RUN = 1 << OPTIONS_RUN, LIST = 1 << OPTIONS_LIST, REPORT = 1 << OPTIONS_REPORT,
       CRASH = 1 << OPTIONS_CRASH, REPLAY = 1 << OPTIONS_REPLAY, SHRINK = 1 << OPTIONS_SHRINK,
       SUITE = 1 << OPTIONS_SUITE,
       BOTH = RUN | CRASH, ALL = RUN | LIST | REPORT | CRASH | REPLAY | SHRINK | SUITE,
       RUNS = BOTH | LIST, /* they have a workload, and its arguments */
       KEPT = 1 << 16 /* stands in replay files */ };

struct option_spec {
    const char *name;
    char letter; /* 0: none */
    enum option_kind kind;
    unsigned commands; /* it goes with */
    size_t offset;     /* into struct options */
    uint64_t least, most;
    const char *argument;
    const char *help; /* lines after the first are indented */
};

#define OPTIONS_AT(member) offsetof(struct options, member)
#define OPTIONS_OP_TIMEOUT (60 * CLOCK_SECOND)
#define OPTIONS_RESET_TIMEOUT (30 * CLOCK_SECOND)

enum { OPTIONS_N_SPECS = 34, OPTIONS_N_COMMANDS = 7 };
extern const struct option_spec options_specs[OPTIONS_N_SPECS];
extern const struct options_words {
    const char *name, *operand, *usage;
} options_commands[OPTIONS_N_COMMANDS];
extern const char *const options_sandboxes[WIRE_SANDBOXES];
extern const char *const options_schedules[2];
extern const char *const options_formats[OPTIONS_FORMATS];

#endif
