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
    uint64_t global_address, states_address; /* where they were mapped; 0: there are none */
};

/* The operation that left the state to be judged. */
struct session_judge {
    uint32_t actor, action; /* number of the actor; index into the actions of its type */
    uint64_t operation;     /* index within the actor; RULE_ANY: no operation had begun */
    uint64_t generation;    /* resets before it */
    bool performing;        /* it was cut off; else it had ended with exit status `status` */
    int32_t status;
};

/* Where a state is put. */
struct session_place {
    const struct scratch *scratch; /* with `witness` and `output`: all are empty */
    int global;                    /* memfd of the global state, which is zero; -1: none */
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
    bool keep_output;              /* what the commands of operations print goes to STRESS_OUTPUT */
    const char *scratch;           /* absolute path of the scratch directory, which must not exist;
                                    * NULL: in the run directory */
    const char *disk;              /* absolute path of a directory over which the scratch directory
                                    * is put; the process must have a mount namespace of its own.
                                    * NULL: nowhere */
    const struct replay *replay;   /* the operations to perform; NULL: actors run freely */
    uint64_t serial_wait_ns;       /* 0: SESSION_SERIAL_WAIT_NS */
    /* Called when the runner of the last operation of `replay` waits for a debugger. NULL: it does
     * not wait. */
    void (*held)(void *user, int pid);
    void *held_user;
    /* NULL: episodes perform operations. Else each episode judges a state, which this puts in
     * place. No setup command is run and no operation performed; reset and check follow as after a
     * fault that killed the operation *ret, then the end of the episode. A workload made with the
     * library is set up as by a second supervisor (stress_env_restarts()). Return 0, or -1 with
     * `error`, which ends the session. A hook that dies or hangs ends it, too, without a call of
     * `again`. Runs in the monitor. */
    int (*fill)(void *user, const struct session_place *place, struct session_judge *ret,
                struct error *error);
    /* NULL: the actor states are zero. Else the same for them, at the size that setup leads to. */
    int (*fill_states)(void *user, int fd, uint64_t size, struct error *error);
    uint64_t global_address, states_address; /* where both are mapped; 0: anywhere */
    /* NULL, or a check of the caller's own, once the hooks of an episode have returned. Writes the
     * title of a finding; "": there is none. Runs in the monitor. */
    void (*inspect)(void *user, const struct session_result *result, char *title, size_t size);
    /* NULL: one episode. Else this is called at the end of each episode with its result. Return
     * true, and at most SESSION_RULES rules, for one more episode. May block; runs in the
     * monitor. */
    bool (*again)(void *user, const struct session_result *result, struct rule *ret_rules,
                  uint32_t *ret_n);
    void *user;
};

#endif
