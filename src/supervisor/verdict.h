/* SPDX-License-Identifier: MIT
 * verdict.h: the policy: what the end of a runner means. Pure functions without system calls or
 * state, so that every row can be tested. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_VERDICT_H
#define SUPERVISOR_VERDICT_H

#include <signal.h>
#include <stdbool.h>

#include "memory/memory.h"
#include "wire/wire.h"

/* What is known about a runner that was reaped. */
struct verdict_death {
    const siginfo_t *info;      /* from waitid() */
    const struct slot_view *view; /* its slot; NULL: the slot makes no sense */
    const char *nonsense;       /* if so, what is wrong with it */
    bool saboteur;
    bool asked;                 /* the stop flag is up */
    bool announced_actor;       /* a saboteur announced a signal to this actor */
    bool announced_any;         /* a saboteur announced a break of any target, or a fault hit */
    bool hung;                  /* we killed it because an operation took too long */
    bool late;                  /* we killed it because it missed its boundary */
    bool injected;              /* a fault hit its operation */
    bool injected_kill;         /* a fault killed it */
    bool out_of_memory;         /* the kernel's OOM killer killed a process */
};

enum verdict_kind {
    VERDICT_LEFT,    /* it left at its boundary, as asked */
    VERDICT_AGAIN,   /* fork it again, without a reset */
    VERDICT_HARNESS, /* the harness failed to set it up */
    VERDICT_RESET    /* a reset is wanted, for `cause` */
};

struct verdict {
    enum verdict_kind kind;
    enum stress_cause cause;
    bool finding;                   /* it is a finding, of finding_kind */
    enum wire_finding_kind finding_kind;
    bool died;                      /* a death, not an outcome: counts for the restart limit */
    char what[256];                 /* the end of the title, after the name of the actor */
};

/* Judges a death. */
void verdict_of_death(const struct verdict_death *death, struct verdict *ret);

#endif
