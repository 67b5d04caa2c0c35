/* SPDX-License-Identifier: MIT
 * options.h: the command line as one checked struct. Types only: parse.h fills it in.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/wire.h"

enum options_command { OPTIONS_RUN, OPTIONS_LIST, OPTIONS_REPORT, OPTIONS_CRASH, OPTIONS_REPLAY,
                       OPTIONS_SHRINK, OPTIONS_SUITE, OPTIONS_HELP, OPTIONS_VERSION };
enum options_format {
    OPTIONS_TEXT,
    OPTIONS_JSON,
    OPTIONS_JUNIT, /* from here on: not of `list` */
    OPTIONS_TAP,
    OPTIONS_HTML,
    OPTIONS_FORMATS
};

enum options_schedule { OPTIONS_FREE, OPTIONS_SERIAL };
enum { OPTIONS_INJECTIONS = 64, OPTIONS_FILES = 64 };

/* A number that may not have been given. */
struct options_number {
    bool given;
    uint64_t value; /* durations: ns */
};

/* As typed, checked for their form. */
struct options_injections {
    const char *text[OPTIONS_INJECTIONS];
    unsigned n;
};

struct options {
    enum options_command command;
    enum options_command help_of; /* of `help`: OPTIONS_HELP is all of them */
    const char *subject;     /* WORKLOAD, RUN-DIRECTORY or first FILE as typed; points into argv */
    const char *files[OPTIONS_FILES]; /* of `suite`: all of them */
    unsigned n_files;
    int argc;                /* what follows `--` */
    char **argv;
    struct options_number operations, time_limit, seed, actors, max_findings;
    uint64_t op_timeout_ns, reset_timeout_ns;
    const char *setup, *reset, *check, *teardown; /* NULL: not given */
    bool in_scratch;
    bool debuginfod;
    enum wire_sandbox sandbox;
    enum options_format format;
    enum options_schedule schedule;
    struct options_injections injections;
    const char *calls, *fault; /* of `crash`; NULL: not given */
    bool persist, recovery;
    uint32_t accepted;       /* doubts: bits of 1 << enum doubt_kind */
    struct options_number points, jobs;
    struct options_number times, tries, needed; /* of `replay`, of `shrink` */
    bool gdb;
    const char *output;      /* NULL: the default */
    const char *metrics;     /* NULL: none */
    int verbosity;           /* -q -1, default 0, -v 1 */
};

#endif
