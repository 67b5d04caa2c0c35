/* SPDX-License-Identifier: MIT
 * suite.h: `stress-supervisor suite`: the runs and crash enumerations that suite files list, each a
 * process of its own of this program, and whether each showed what it must.
 *
 *   suite.c        the order of things, what is printed, result.json
 *   suite_file.c   suite files: man/stress-supervisor-suite.5 has the grammar
 *   suite_run.c    the cases side by side; the one place that forks and waits
 *   suite_judge.c  what a case is worth, by its exit status and its result.json; no system calls
 *
 * The process that does this runs no user code and loads none. Not async-signal-safe.
 */
#ifndef SUITE_SUITE_H
#define SUITE_SUITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"
#include "cli/cli.h"

enum { SUITE_REASON = 512, SUITE_WORDS = 255 };

enum suite_verdict { SUITE_UNTRIED, SUITE_PASSED, SUITE_FAILED, SUITE_SKIPPED, SUITE_VERDICTS };

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
    uint32_t kinds;         /* of which one must be found, as bits; 0: any */
    uint64_t operations, points, findings; /* at least so many */
    uint64_t time_limit_ns; /* 0: none */
    /* From its run. */
    pid_t pid;              /* 0: not started or at its end */
    uint64_t started_ns, ended_ns, deadline_ns;
    bool out_of_time, stopped;
    unsigned steps;         /* taken to end it */
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
    char directory[4096];   /* absolute */
    int signal;             /* that stopped it; 0: none */
    uint64_t started_ns;
    int64_t started_unix;
    bool line_is_up;        /* of progress, on the terminal */
};

/* Adds the cases of a file; `path` stays. 0, or -1 with "FILE:LINE: ..." */
int suite_read(struct suite *suite, const char *path, struct error *error);
void suite_free(struct suite *suite);

/* What is known of a case that has ended. */
struct suite_outcome {
    int status;           /* as wait() has it */
    const json_t *result; /* NULL: there is none that can be read */
    const char *said;     /* the last line that it wrote; "": nothing */
};
/* `reason` is filled unless it is passed. */
enum suite_verdict suite_judge(const struct suite_case *entry, const struct suite_outcome *outcome,
                               char *reason, size_t size);

/* Runs all cases and judges them; calls suite_ended() for each. 0, or -1: the harness failed. */
int suite_run_cases(struct suite *suite, struct error *error);
void suite_ended(struct suite *suite, const struct suite_case *entry);
/* The line of progress, where there is a terminal. */
void suite_show(struct suite *suite);

/* Prints. The exit status: 0 all passed, 1 some failed, 2 wrong usage, 3 a harness error, 128+N. */
int suite_main(const struct options *options);

#endif
