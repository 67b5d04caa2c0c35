/* SPDX-License-Identifier: MIT
 * orders.h: how a run is made that is one of many, and what came of it. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_ORDERS_H
#define SESSION_ORDERS_H

#include "cli/cli.h"
#include "inject/inject.h"
#include "rundir/rundir.h"
#include "workload/workload.h"

enum { SESSION_RULES = 4 };

struct session_result {
    uint64_t counted, fired;       /* operations; faults of the rules */
    unsigned n_findings;
    uint32_t kind;                 /* of the first: enum wire_finding_kind */
    char title[WIRE_TEXT];         /* ... or of why there is no verdict */
    bool same;                     /* one of them is that of the replay file */
    uint64_t late, skipped;        /* operations not ended in time, or with nobody to do them */
};

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

#endif
