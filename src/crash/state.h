/* SPDX-License-Identifier: MIT
 * state.h: what the files of `crash` share.
 */
#ifndef CRASH_STATE_H
#define CRASH_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "crash/crash.h"
#include "inject/inject.h"
#include "record/record.h"
#include "session/session.h"

enum { CRASH_FAULTS = 64, CRASH_POINTS = 1 << 18, CRASH_TRIES = 3,
       CRASH_OPERATIONS = 100 /* where neither -n nor the workload says less */ };

/* One of --fault=. */
struct crash_fault {
    uint32_t action;  /* enum rule_action */
    uint64_t amount;  /* errno; RULE_HALF */
    bool persists;    /* an error stays from its point on */
};

enum crash_verdict { CRASH_UNTRIED, CRASH_OK, CRASH_FINDING, CRASH_NOT_REACHED, CRASH_ERROR,
                     CRASH_VERDICTS };

/* One point and one fault: one run; with --recovery also a point in the reset that follows. */
struct crash_case {
    uint32_t point;          /* index into the points */
    uint32_t fault;          /* index into the faults */
    struct share_call *hook; /* of the reset hook; NULL: none. Owned */
    enum crash_verdict verdict;
    uint32_t kind;           /* of the finding: enum wire_finding_kind */
    bool listed;             /* the points of its reset were looked for */
    char *title;             /* of the finding, or why there is no verdict; NULL: none. Owned */
};

struct crash {
    const struct options *options;
    const struct subject *subject;
    char **argv;
    struct options run;      /* what every run is given */
    uint64_t seed;
    char directory[4096];    /* absolute */
    struct call_set calls;
    bool files_only;         /* the calls are not chosen by the user: on files and directories */
    uint32_t n_faults;
    struct crash_fault faults[CRASH_FAULTS];
    struct share_points *points; /* shared memory; of the clean run */
    uint32_t n_points;
    struct definition definition;
    struct crash_case *cases;
    size_t n_cases, room;
    size_t totals[CRASH_VERDICTS];
    uint64_t started_ns;
    volatile int signal;     /* that ends it; 0: none */
};

/* crash_points.c */
/* --calls, --fault, --persist. -1: wrong usage. */
int crash_choose(struct crash *crash, struct error *error);
/* The rule that writes down points: of anybody, or of the reset hook. */
void crash_record_rule(const struct crash *crash, enum rule_whose whose, struct rule *ret);
/* All points as cases, or --points of them, evenly over call sites. */
int crash_plan(struct crash *crash, struct error *error);
/* The cases of the points in a reset that followed this case. */
int crash_plan_recovery(struct crash *crash, size_t which, const struct share_points *points,
                        struct error *error);
/* A case as the rules of --inject; how many (1 or 2). */
unsigned crash_rules(const struct crash *crash, const struct crash_case *which, struct rule *ret);

/* crash_worker.c */
/* A shared mapping for points; NULL with errno. */
struct share_points *crash_points_new(uint64_t room);
void crash_points_free(struct share_points *points);
/* What a worker is told, and what it answers. */
struct crash_task {
    uint64_t which;          /* case */
    uint32_t tries, lists;
    uint32_t n, reserved;
    struct rule rules[SESSION_RULES];
};
struct crash_outcome {
    int status;              /* exit status of the run */
    bool finished;           /* what follows is filled in */
    struct session_result result;
};
/* Forks a worker; the socket to it, closed when it shall go. -1. */
int crash_hire(const struct crash *crash, struct share_points *points, pid_t *ret_pid,
               struct error *error);
/* The run without faults: *ret is shared memory. */
struct crash_clean {
    struct crash_outcome outcome;
    struct definition definition;
};
pid_t crash_start_clean(const struct crash *crash, struct crash_clean *ret);

/* crash_report.c */
/* The table and the failing cases, on standard output. */
void crash_print(const struct crash *crash);
/* result.json, from the one of the clean run. -1: it could not be written. */
int crash_write(const struct crash *crash, struct error *error);
enum record_verdict crash_verdict(const struct crash *crash);
int crash_exit_status(const struct crash *crash);

#endif
