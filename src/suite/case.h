/* SPDX-License-Identifier: MIT
 * case.h: the cases of a suite: what the file says of each, and what came of it. Owned by suite.c.
 * Types only.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_CASE_H
#define SUITE_CASE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "cli/cli.h"

enum { SUITE_REASON = 512, SUITE_WORDS = 255 };

/* SUITE_ERROR: the program failed or cannot vouch for what the case showed. */
enum suite_verdict {
    SUITE_UNTRIED, SUITE_PASSED, SUITE_FAILED, SUITE_SKIPPED, SUITE_ERROR, SUITE_VERDICTS
};

struct suite_case {
    /* From the file. */
    char name[TEXT_NAME];
    const char *file;       /* as typed; not copied */
    uint32_t line;          /* of its section */
    char directory[4096];   /* it runs there; absolute */
    bool crash;             /* else it is a run */
    char *argv[SUITE_WORDS + 1]; /* of its process; [SUITE_OUTPUT] is set when it is started */
    size_t argc;
    bool finding;           /* expect = finding */
    uint32_t kinds;         /* one of these kinds must be found, as bits; 0: any kind */
    uint64_t operations, points, findings; /* at least this many */
    uint64_t time_limit_ns; /* 0: none */
    uint32_t accepted;      /* doubts that do not count: bits of 1 << enum doubt_kind */
    /* From its run. */
    struct job job;
    uint64_t started_ns, ended_ns;
    int exit_status;        /* as a shell has it; -1: not known */
    enum suite_verdict verdict;
    char reason[SUITE_REASON]; /* why it is not passed; one line */
};

enum { SUITE_WORKLOAD = 2, SUITE_OUTPUT = 4 }; /* "stress-supervisor" "run" W "--output" HERE */

struct suite {
    const struct options *options;
    struct suite_case *cases;
    size_t n;
    size_t totals[SUITE_VERDICTS];
    char directory[PATH_MAX]; /* absolute */
    uint64_t started_ns;
    int64_t started_unix;
    struct ticker ticker;
};

#endif
