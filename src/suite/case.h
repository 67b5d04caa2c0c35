/* SPDX-License-Identifier: MIT
 * case.h: the cases of a suite: what the suite file, or faults.c, says of each, and its outcome.
 * suite.c owns them. Types only.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_CASE_H
#define SUITE_CASE_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "cli/cli.h"
#include "doubt/doubt.h"
#include "rundir/rundir.h"
#include "suite/matrix.h"

enum { SUITE_REASON = 512, SUITE_WORDS = 255, SUITE_NAME = 96 };

/* SUITE_ERROR: the harness failed, or its doubts leave the outcome open. */
enum suite_verdict {
    SUITE_UNTRIED, SUITE_PASSED, SUITE_FAILED, SUITE_SKIPPED, SUITE_ERROR, SUITE_VERDICTS
};

struct suite_case {
    /* From the file. */
    char name[SUITE_NAME];   /* of its section, with its values and its seed */
    char section[TEXT_NAME];
    char *variables[MATRIX_AXES + 1]; /* of its matrix: "NAME=VALUE" */
    uint64_t seed;          /* of `seeds`; 0: none */
    uint32_t number;        /* within its section */
    const char *file;       /* the suite file, as typed; not copied */
    uint32_t line;          /* of its section in the file */
    char directory[4096];   /* its working directory; absolute */
    bool crash;             /* `crash`; else `run` */
    char *argv[SUITE_WORDS + 1]; /* of its process; the start sets [SUITE_OUTPUT] */
    size_t argc;
    char tags[256];         /* " fs long " */
    bool vm;                /* it runs in a machine */
    char *machine[SUITE_WORDS + 1]; /* options of `vm` for it */
    size_t n_machine;
    uint64_t identity;      /* of its name and its values as written: see cli/shard.h */
    bool finding;           /* expect = finding */
    uint32_t kinds;         /* bits: one of these kinds must be found; 0: any kind */
    uint64_t operations, points, findings; /* at least this many */
    uint64_t time_limit_ns; /* 0: none */
    uint32_t accepted;      /* accepted doubts: bits 1 << enum doubt_kind */
    /* Of `matrix`: see faults.h. */
    const char *preset;     /* NULL: no fault */
    char actor[TEXT_NAME], action[TEXT_NAME], server[TEXT_NAME]; /* whose calls; "": of any */
    json_t *measured;       /* owned; NULL: nothing */
    /* From its run. */
    struct job job;
    uint64_t started_ns, ended_ns;
    int exit_status;        /* as in a shell; -1: unknown */
    enum suite_verdict verdict;
    char reason[SUITE_REASON]; /* why it has not passed; one line */
};

/* "stress-supervisor" "run" "--output" HERE "--shard=1/1": a case is not shared again. */
enum { SUITE_OUTPUT = 3 };

struct suite {
    const struct options *options;
    struct suite_case *cases; /* those of its shard */
    size_t n;
    size_t next;            /* the first that was not started */
    size_t n_whole;         /* cases of the whole suite */
    uint64_t whole;         /* which identifies it: see cli/shard.h */
    json_t *tested;         /* see workload/tested.h. Owned */
    /* Of `matrix`. */
    json_t *workload;       /* what `list` says of it; NULL: it is a suite. Owned */
    uint64_t seed;          /* of all runs */
    uint64_t fired;         /* faults of all runs */
    struct doubts doubts;   /* of all runs */
    size_t totals[SUITE_VERDICTS];
    char directory[PATH_MAX]; /* absolute */
    struct rundir rundir;   /* for events.jsonl */
    uint64_t started_ns;
    int64_t started_unix;
    struct ticker ticker;
    bool unwritten; /* standard output, or an event, could not be written */
};

#endif
