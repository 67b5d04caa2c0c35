/* SPDX-License-Identifier: MIT
 * state.h: the state of one enumeration: what the user asked for, the points of the clean run, the
 * cases made of them, and their outcomes. crash.c owns it; points.c fills in parts. Types only.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_STATE_H
#define CRASH_STATE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "definition/definition.h"
#include "doubt/doubt.h"
#include "inject/inject.h"
#include "workload/workload.h"

enum { CRASH_FAULTS = 64, CRASH_POINTS = 1 << 18, CRASH_TRIES = 3,
       CRASH_OPERATIONS = 100 /* of the clean run, unless -n or the workload says less */ };

/* One fault of --fault. */
struct crash_fault {
    uint32_t action;  /* enum rule_action */
    uint64_t amount;  /* errno; RULE_HALF */
    bool persists;    /* an error at all calls from its point on */
};

enum crash_verdict { CRASH_UNTRIED, CRASH_OK, CRASH_FINDING, CRASH_NOT_REACHED, CRASH_ERROR,
                     CRASH_VERDICTS };

/* One run: a point and a fault; with --recovery also a point in the reset that follows. */
struct crash_case {
    uint32_t point;          /* index into the points */
    uint32_t fault;          /* index into the faults */
    uint64_t ordinal;        /* of the point: see address.h */
    struct share_call *hook; /* the point in the reset hook; NULL: none. Owned */
    uint64_t hook_ordinal;
    enum crash_verdict verdict;
    uint32_t kind;           /* of the finding: an enum wire_finding_kind */
    bool listed;             /* the points of its reset have been listed */
    char *title;             /* of the finding, or why there is no verdict; NULL: none. Owned */
};

struct crash {
    const struct options *options;
    const struct subject *subject;
    char **argv;
    struct options run;      /* the options of each run */
    uint64_t seed;
    char directory[PATH_MAX]; /* absolute */
    struct call_set calls;
    bool files_only;         /* without --calls: only calls on files and directories */
    uint32_t n_faults;
    struct crash_fault faults[CRASH_FAULTS];
    struct share_points *points; /* of the clean run; in shared memory */
    uint32_t n_points;
    uint64_t *ordinals;      /* of all points: see address.h. Owned */
    struct definition definition;
    struct crash_case *cases;
    size_t n_cases, room;
    size_t totals[CRASH_VERDICTS];
    char unwritten[256];     /* why standard output could not be written; "": it could */
    uint64_t repeated;       /* runs that were tried again */
    struct doubts doubts;    /* of the clean run */
    uint64_t started_ns;
};

#endif
