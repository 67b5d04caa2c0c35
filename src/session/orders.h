/* SPDX-License-Identifier: MIT
 * orders.h: what a command that makes many runs asks of one of them, and what came of the run. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_ORDERS_H
#define SESSION_ORDERS_H

#include "cli/cli.h"
#include "doubt/doubt.h"
#include "inject/inject.h"
#include "rundir/rundir.h"
#include "workload/workload.h"

enum { SESSION_RULES = 4 };

struct session_result {
    uint64_t counted, fired;       /* operations; faults that rules caused */
    struct share_call hit[2];      /* what the first two rules hit first; number -1: none */
    struct doubts doubts;          /* of the run so far, all its episodes together */
    unsigned n_findings;
    uint32_t kind;                 /* of the first finding: enum wire_finding_kind */
    char title[WIRE_TEXT];         /* of the first finding; without one: why there is no verdict */
    bool same;                     /* one of the findings is that of the replay file */
    uint64_t late, skipped;        /* operations that did not end in time; that had no actor */
};

/* The orders of crash, replay and shrink. */
struct session_orders {
    const struct rule *rules;      /* besides those of the options */
    uint32_t n_rules;
    struct share_points *points;   /* where RULE_RECORD writes; NULL: nowhere */
    const char *recording;         /* an empty directory: the first supervisor's runners are
                                    * recorded there, and nothing is injected; NULL: they are not */
    bool end_at_fault;             /* ends with the reset and check after a fault or a finding */
    uint64_t most_operations;      /* target if the options give none; 0: the workload's */
    bool attempts;                 /* the target counts begun operations, so every run ends */
    bool silent;                   /* prints errors only */
    const struct replay *replay;   /* the operations to perform; NULL: actors run freely */
    uint64_t serial_wait_ns;       /* 0: SESSION_SERIAL_WAIT_NS */
    /* Called when the runner of the last operation of `replay` waits for a debugger. NULL: it does
     * not wait. */
    void (*held)(void *user, int pid);
    void *held_user;
    /* NULL: one episode. Else the workload is a command or a workload file, and this is called at
     * the end of each episode with its result. Return true, and at most SESSION_RULES rules, for
     * one more episode. May block; runs in the monitor. */
    bool (*again)(void *user, const struct session_result *result, struct rule *ret_rules,
                  uint32_t *ret_n);
    void *user;
};

#endif
