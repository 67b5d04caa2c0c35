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
#include "durable/durable.h"
#include "inject/inject.h"
#include "record/record.h"
#include "recording/recording.h"
#include "rundir/rundir.h"
#include "workload/workload.h"

enum { CRASH_FAULTS = 64, CRASH_POINTS = 1 << 18 /* of a run that is not recorded */,
       CRASH_TRIES = 3,
       CRASH_GLOBAL = 64 << 20 /* bytes of global state, by states */,
       CRASH_STATES = 20000, CRASH_AT_A_POINT = 2000 /* states without --all: in all, at a point */,
       CRASH_OPERATIONS = 100 /* of the clean run, unless -n or the workload says less */ };

/* One fault of --fault. */
struct crash_fault {
    uint32_t action;  /* enum rule_action */
    uint64_t amount;  /* errno; RULE_HALF; bytes of a full disk */
    bool persists;    /* an error at all calls from its point on */
    bool power;       /* the power is cut before the call; `model` says what it takes back */
    enum durable_model model;
};

enum crash_verdict { CRASH_UNTRIED, CRASH_OK, CRASH_FINDING, CRASH_NOT_REACHED, CRASH_ERROR,
                     CRASH_VERDICTS };

/* What states are made of: a recording, and what is known of it. */
struct crash_source {
    struct recording steps;
    struct durable_builder *builder; /* Owned */
    struct crash_site *sites;        /* n_sites, sorted: see site.c. Owned */
    size_t n_sites;
};

/* By states, with --recovery: the reset of a state, recorded like a run. */
struct crash_recovery {
    size_t after;                /* the first case with that state */
    struct crash_source source;
    struct share_points *points; /* the calls of the reset. Owned */
    uint64_t *ordinals;          /* of them: see address.h. Owned */
};

/* One run: a point and a fault; with --recovery also a point in the reset that follows. */
struct crash_case {
    uint32_t point;          /* index into the points */
    uint32_t fault;          /* index into the faults */
    uint64_t ordinal;        /* of the point: see address.h */
    struct durable_state state; /* by states: what is to be judged. Owned */
    size_t same;             /* by states: the first case with that state, judged for all */
    struct share_call *hook; /* the point in the reset hook; NULL: none. Owned */
    uint64_t hook_ordinal;
    struct crash_recovery *recovery; /* by states: of which `state` is one; NULL: of the run */
    size_t after;            /* by states: the case whose crash came before that in the reset */
    uint32_t hook_fault;     /* by states: the fault in the reset */
    enum crash_verdict verdict;
    uint32_t kind;           /* of the finding: an enum wire_finding_kind */
    bool listed;             /* the points of its reset have been listed */
    size_t finding;          /* index into the findings */
    char *title;             /* of the finding, or why there is no verdict; NULL: none. Owned */
};

/* The content of the file of --atomic. */
struct crash_content {
    bool exists;
    uint64_t size, hash;
};

/* Before and after an operation of the recorded run. */
struct crash_contents {
    uint32_t type, index; /* of the actor */
    uint64_t operation;
    struct crash_content before, after;
};

/* Cases that fail in the same way. */
struct crash_finding {
    size_t first;            /* the case with the fewest losses */
    uint64_t count, states;  /* cases, and distinct states among them */
    unsigned models;         /* bits of 1 << enum durable_model, where there are such cases */
    uint64_t lost, kept;     /* steps of the first case; UINT64_MAX: none */
    char *key;               /* Owned */
    const struct known_entry *known; /* NULL: it is not known */
    char *repair;            /* the proved repair; NULL: none was found. Owned */
    uint64_t removes, leaves; /* by the repair: cases of this finding */
};

struct crash {
    const struct options *options;
    const struct subject *subject;
    char **argv;
    struct options run;      /* the options of each run */
    uint64_t seed;
    uint64_t whole;          /* identifies the whole of which this is a share: see cli/shard.h */
    size_t n_whole;          /* cases of the whole */
    json_t *tested;          /* see workload/tested.h. Owned */
    struct known known;      /* of --known */
    char directory[PATH_MAX]; /* absolute */
    char disk[PATH_MAX];     /* --disk, without symbolic links; "": the scratch directory */
    char recording[PATH_MAX]; /* of the clean run; "": it is not recorded */
    struct call_set calls;
    bool by_states;          /* from one recorded run; else a run for each case */
    unsigned models;         /* bits of 1 << enum durable_model */
    struct crash_source recorded; /* by states: the clean run */
    uint64_t pending;        /* by states: struct durable_limits; 0: all */
    struct plan *plan;       /* by states: see states.c. Owned */
    uint64_t deadline_ns;    /* no case is begun after it; CLOCK_NEVER */
    size_t pairs;            /* distinct states where two steps are lost, judged */
    char inexact[512];       /* where the recording and the disk differ; "": nowhere */
    char outside[600];       /* "outside: " and a file that no state has; "": none */
    uint64_t global_address, states_address; /* where the clean run had its memory; 0: anywhere */
    uint64_t possible;       /* by states: states drawn, before those that are the same */
    uint64_t judging_ns;     /* since when cases are judged */
    uint64_t judged_ns;      /* processor time of the cases */
    size_t distinct, left_out; /* states to judge; those beyond the limit */
    bool files_only;         /* without --calls: only calls on files and directories */
    uint32_t n_faults;
    struct crash_fault faults[CRASH_FAULTS];
    struct share_points *points; /* of the clean run; in shared memory */
    uint32_t n_points;
    uint64_t *ordinals;      /* of all points: see address.h. Owned */
    struct definition definition;
    struct crash_case *cases;
    size_t n_cases, room;
    size_t n_more;           /* cases behind these, which are not counted: with fewer losses */
    unsigned workers;        /* processes that run the cases */
    size_t totals[CRASH_VERDICTS];
    struct crash_contents *contents; /* for --atomic. Owned */
    size_t n_contents;
    struct crash_finding *findings; /* Owned */
    size_t n_findings;
    size_t n_known;          /* failing cases whose finding is known */
    struct crash_recovery **recoveries; /* Owned */
    size_t n_recoveries, in_resets; /* by states: resets recorded, cases in them */
    struct rundir rundir;    /* for events.jsonl */
    uint64_t started_ns;
    char unwritten[256];     /* why standard output, or an event, could not be written; "": could */
    uint64_t repeated;       /* runs that were tried again */
    struct doubts doubts;    /* of the clean run */
};

#endif
