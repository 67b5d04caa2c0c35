/* SPDX-License-Identifier: MIT
 * verdict.h: policy: what the end of a runner means. Pure: no system calls, no state, so that every
 * row can be tested.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_VERDICT_H
#define SUPERVISOR_VERDICT_H

#include <signal.h>
#include <stdbool.h>

#include "memory/memory.h"
#include "wire/wire.h"

/* What is known of a runner that was reaped. */
struct verdict_death {
    const siginfo_t *info;      /* of waitid() */
    const struct slot_view *view; /* its slot; NULL: it makes no sense */
    const char *nonsense;       /* then: what */
    bool saboteur;
    bool asked;                 /* the stop flag is up */
    bool announced_actor;       /* a saboteur announced a signal to this actor */
    bool announced_any;         /* ... or a break of anything */
    bool hung;                  /* we killed it for an operation that took too long */
    bool late;                  /* we killed it for missing its boundary */
    bool injected;              /* a fault was put into the operation that it was in */
    bool injected_kill;         /* a fault killed it */
    bool out_of_memory;         /* the kernel's OOM killer was at work */
};

enum verdict_kind {
    VERDICT_LEFT,    /* at its boundary, as asked */
    VERDICT_AGAIN,   /* fork it anew, no reset */
    VERDICT_HARNESS, /* the harness failed to set it up */
    VERDICT_RESET    /* a reset is wanted, for `cause` */
};

struct verdict {
    enum verdict_kind kind;
    enum stress_cause cause;
    bool finding;                   /* and it is one, of this kind */
    enum wire_finding_kind finding_kind;
    bool died;                      /* a death, not an outcome: counts for the restart limit */
    char what[256];                 /* for the title, after the actor's name */
};

void verdict_of_death(const struct verdict_death *death, struct verdict *ret);

#endif
