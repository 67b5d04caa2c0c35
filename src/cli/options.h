/* SPDX-License-Identifier: MIT
 * options.h: the command line as one checked struct. Types only: parse.h fills it in.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/require.h"
#include "wire/wire.h"

enum options_command { OPTIONS_RUN, OPTIONS_LIST, OPTIONS_REPORT, OPTIONS_CRASH, OPTIONS_REPLAY,
                       OPTIONS_SHRINK, OPTIONS_SUITE, OPTIONS_MATRIX, OPTIONS_MERGE, OPTIONS_CLEAN,
                       OPTIONS_VM, OPTIONS_NEW, OPTIONS_HELP, OPTIONS_VERSION };
enum options_format {
    OPTIONS_TEXT,
    OPTIONS_JSON,
    OPTIONS_JUNIT, /* `list` has only those above */
    OPTIONS_TAP,
    OPTIONS_HTML,
    OPTIONS_FORMATS
};

enum options_language { OPTIONS_C, OPTIONS_PYTHON, OPTIONS_INI, OPTIONS_LANGUAGES };
enum options_schedule { OPTIONS_FREE, OPTIONS_SERIAL };
/* Of what the kernel of a machine reports. */
enum options_severity { OPTIONS_WARNING, OPTIONS_ERROR, OPTIONS_FATAL, OPTIONS_SEVERITIES };
extern const char *const options_severities[OPTIONS_SEVERITIES];
enum options_keep { OPTIONS_KEEP_NEVER, OPTIONS_KEEP_FINDINGS, OPTIONS_KEEP_ALWAYS };
enum options_whose { OPTIONS_ANY, OPTIONS_ACTOR, OPTIONS_SERVER };
enum options_method { OPTIONS_AUTO, OPTIONS_STATES, OPTIONS_RERUN };
enum { OPTIONS_INJECTIONS = 64, OPTIONS_PATHS = 64, OPTIONS_MADE = 8192 };

/* The value of an optional number. */
struct options_number {
    bool given;
    uint64_t value; /* durations: ns */
};

/* Rules as typed; their syntax is checked. Those of a preset with filters lie in `made`, so a copy
 * of the options must not outlive them. */
struct options_injections {
    const char *text[OPTIONS_INJECTIONS];
    unsigned n;
    char made[OPTIONS_MADE];
    size_t used;
};

/* The limits where no option gives one. */
#define OPTIONS_OP_TIMEOUT (60 * CLOCK_SECOND)
#define OPTIONS_RESET_TIMEOUT (30 * CLOCK_SECOND)

/* Limits that a run must keep. */
enum { OPTIONS_REQUIREMENTS = 16 };
struct options_requirements {
    struct require list[OPTIONS_REQUIREMENTS];
    unsigned n;
};

/* A share of the work: see shard.h. */
struct options_shard {
    uint32_t number, count;  /* `number` from 1; 0: not known (yet) */
    const char *engine;      /* the variable that has the number; NULL: --shard does */
    struct options_number fleet; /* the seed that all shares were given */
};

/* Files and directories as typed. */
struct options_paths {
    const char *path[OPTIONS_PATHS];
    unsigned n;
};

struct options {
    enum options_command command;
    enum options_command help_of; /* for `help`; OPTIONS_HELP: help on all commands */
    enum options_language language; /* for `new` */
    bool named;              /* for `new`: the language was given */
    const char *subject;     /* WORKLOAD, NAME, RUN-DIRECTORY or first FILE as typed: in argv */
    char **files;            /* for `suite` all FILEs, for `merge` all RUN-DIRECTORYs: in argv */
    unsigned n_files;
    int argc;                /* the words after `--`; for `vm`: from the command in it on */
    char **argv;
    struct options_number operations, time_limit, seed, max_findings;
    struct definition_counts actors;
    uint64_t op_timeout_ns, reset_timeout_ns;
    const char *setup, *reset, *check, *teardown; /* NULL: not given */
    bool in_scratch;
    bool debuginfod;
    bool gdb;                /* for `replay` */
    bool presets;            /* for `list`: of rules, instead of a workload */
    bool in_short;           /* for `suite`: the short forms of cases */
    enum wire_sandbox sandbox;
    enum options_format format;
    enum options_schedule schedule;
    enum options_keep keep;
    struct options_injections injections;
    const char *calls, *fault; /* for `crash`; NULL: not given */
    bool persist, recovery, all;
    enum options_method method;
    enum options_whose only;
    uint32_t accepted;       /* accepted doubts: bits 1 << enum doubt_kind */
    /* For `crash`; NULL: not given. */
    const char *model, *path, *not_path, *state, *atomic, *witness;
    const char *disk_over;   /* --disk of crash */
    struct options_number points, jobs;
    struct options_number older, leave; /* for `clean`; `older`: ns */
    bool dry_run;
    struct options_shard shard;
    struct options_number times, tries, needed; /* for `replay`; the others for `shrink` */
    const char *kernel;      /* this and the next for `vm`; NULL: not given */
    struct options_number memory, cpus, disk; /* memory and disk: bytes */
    uint64_t silence_ns;
    struct options_number power_cut; /* ns */
    enum options_severity severity;  /* of the kernel's reports that are findings */
    struct options_paths with;
    const char *tag;         /* for `suite`: name or tag of the cases to run; for `matrix`: what the
                              * faults are put at; NULL: all */
    uint32_t chosen;         /* for `matrix`: presets, bits 1 << preset_number()'s; 0: all */
    const char *rerun;       /* for `suite`: directory of an earlier one; NULL: not given */
    char *const *machine;    /* for `suite`: options of `vm` for each case; NULL: no machine */
    const char *vm;          /* "vm --disk=1G", quoted, if this runs in a machine; NULL: no */
    bool inherits;           /* the shared memories are those of an earlier machine */
    const char *output;      /* NULL: the default */
    const char *metrics;     /* NULL: none */
    const char *known;       /* the file of known findings; NULL: none */
    const char *compare;     /* for `report`: the directory of an earlier run; NULL: none */
    struct options_requirements required;
    const char *history;     /* NULL: none */
    unsigned n_machine;
    int verbosity;           /* -1 with -q, 1 with -v, else 0 */
};

#endif
