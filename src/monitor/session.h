/* SPDX-License-Identifier: MIT
 * session.h: one run from the monitor's side: starts supervisors, holds the memfds, answers their
 * messages, keeps the deadlines of hooks and of the run, takes signals, ends in a record and a
 * report. The only place in the monitor that waits. Monitor only.
 */
#ifndef MONITOR_SESSION_H
#define MONITOR_SESSION_H

#include "monitor/options.h"
#include "monitor/subject.h"

enum { SESSION_RULES = 4 };
struct replay;
struct rule;
struct session_result;
struct share_points;

/* How a run is made that is one of many (crash.c). */
struct session_orders {
    const struct rule *rules;      /* besides those of the options */
    uint32_t n_rules;
    struct share_points *points;   /* where RULE_RECORD writes to; NULL: nowhere */
    bool end_at_fault;             /* it ends with the reset and check after a fault or a finding */
    uint64_t most_operations;      /* where the options say nothing; 0: as the workload says */
    bool attempts;                 /* the target is of operations begun: each run is finite */
    bool silent;                   /* it prints nothing but what is wrong */
    const struct replay *replay;   /* the operations to perform, in order; NULL: as actors can */
    uint64_t serial_wait_ns;       /* 0: the usual */
    /* The runner of the last of them waits for a debugger, and this is told. NULL: it does not. */
    void (*held)(void *user, int pid);
    void *held_user;
    /* NULL: one run. Else the workload is a command or a workload file, and this is called at the
     * end of each episode with what came of it: true: another one, with these rules (at most
     * SESSION_RULES). May block; runs in the monitor. */
    bool (*again)(void *user, const struct session_result *result, struct rule *ret_rules,
                  uint32_t *ret_n);
    void *user;
};

struct session_result {
    uint64_t counted, fired;       /* operations; faults of the rules */
    unsigned n_findings;
    uint32_t kind;                 /* of the first: enum wire_finding_kind */
    char title[WIRE_TEXT];         /* ... or of why there is no verdict */
    bool same;                     /* one of them is that of the replay file */
    uint64_t late, skipped;        /* operations not ended in time, or with nobody to do them */
};

/* `stress-supervisor [run]`: the exit status. `argv` is the whole original command line (a host
 * parses it again). Prints. */
int session_run(const struct options *options, const struct subject *subject, char **argv);
/* The same, as one of many. `definition`: NULL, or where the workload's is written to. */
int session_run_ordered(const struct options *options, const struct subject *subject, char **argv,
                        const struct session_orders *orders, struct session_result *ret,
                        struct definition *definition);
/* `stress-supervisor list`. */
int session_list(const struct options *options, const struct subject *subject, char **argv);

#endif
