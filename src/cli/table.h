/* SPDX-License-Identifier: MIT
 * table.h: the tables of options and of commands. The parser (parse.c), --help (help.c) and the
 * command line that repeats a run (line.c) all use them; there is no other list.
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
    KIND_SEED,     /* struct options_number; any 64 bits */
    KIND_DURATION, /* struct options_number, ns; 0 means none */
    KIND_TIMEOUT,  /* uint64_t, ns; not 0 */
    KIND_TEXT,     /* const char * */
    KIND_FLAG,     /* bool */
    KIND_SANDBOX,
    KIND_SCHEDULE,
    KIND_KEEP,
    KIND_SEVERITY,
    KIND_METHOD,
    KIND_ONLY,
    KIND_INJECTION, /* may be given several times */
    KIND_DOUBT,     /* uint32_t: bits of 1 << enum doubt_kind; may be given several times */
    KIND_SHARD,     /* struct options_shard */
    KIND_ACTORS,    /* struct definition_counts */
    KIND_PRESETS,   /* const char *: names with commas */
    KIND_REQUIRE,   /* struct options_requirements; may be given several times */
    KIND_SIZE,      /* struct options_number, bytes */
    KIND_PATH,      /* struct options_paths; may be given several times */
    KIND_FORMAT,
    KIND_MORE,
    KIND_LESS,
    KIND_HELP,
    KIND_VERSION,
    KINDS
};

/* Sets of commands. */
enum { RUN = 1 << OPTIONS_RUN, LIST = 1 << OPTIONS_LIST, REPORT = 1 << OPTIONS_REPORT,
       CRASH = 1 << OPTIONS_CRASH, REPLAY = 1 << OPTIONS_REPLAY, SHRINK = 1 << OPTIONS_SHRINK,
       SUITE = 1 << OPTIONS_SUITE, MERGE = 1 << OPTIONS_MERGE, VM = 1 << OPTIONS_VM,
       CLEAN = 1 << OPTIONS_CLEAN, NEW = 1 << OPTIONS_NEW, HELP = 1 << OPTIONS_HELP,
       MATRIX = 1 << OPTIONS_MATRIX, BOTH = RUN | CRASH,
       THREE = BOTH | MATRIX,
       ALL = RUN | LIST | REPORT | CRASH | REPLAY | SHRINK | SUITE | MATRIX | MERGE | CLEAN | VM |
             NEW | HELP,
       RUNS = BOTH | LIST | MATRIX, /* they take a workload and its arguments */
       /* Not commands: the option is kept in replay files; shares of one whole agree on it; it
        * names a file beside the run, so a line that repeats a command leaves it out. */
       KEPT = 1 << 16, SAME = 1 << 17, ONCE = 1 << 18 };

struct option_spec {
    const char *name;
    char letter; /* 0: none */
    enum option_kind kind;
    unsigned commands; /* that accept it: a set */
    size_t offset;     /* into struct options */
    uint64_t least, most;
    const char *argument;
    const char *help; /* --help indents its lines after the first */
};

#define OPTIONS_AT(member) offsetof(struct options, member)
#define OPTIONS_SILENCE (60 * CLOCK_SECOND)

enum { OPTIONS_N_SPECS = 69, OPTIONS_N_COMMANDS = 13 };
extern const struct option_spec options_specs[OPTIONS_N_SPECS];
extern const struct options_words {
    const char *name, *operand, *usage;
} options_commands[OPTIONS_N_COMMANDS];
extern const char *const options_formats[OPTIONS_FORMATS];
extern const char *const options_languages[OPTIONS_LANGUAGES];
/* The words of an option that is a choice, in the order of its enum. The first is the default. */
extern const struct options_choice {
    const char *const *words;
    unsigned n;
} options_choices[KINDS];

#endif
