/* SPDX-License-Identifier: MIT
 * enter.h: how a process becomes one whose calls the injector sees: it loads a seccomp filter that
 * asks about the calls of all rules, and hands the listener over to the injector.
 *
 * The plan is made in the supervisor. inject_enter() runs in the child, right before user code:
 * a runner, a command or a server between fork and exec; async-signal-safe.
 *
 * Runs in: supervisor, runner, and what they start before it executes.
 */
#ifndef INJECT_ENTER_H
#define INJECT_ENTER_H

#include <linux/filter.h>

#include "inject/share.h"

/* Calls of the harness in an injected process have it as their sixth argument: the filter lets them
 * pass. */
#define INJECT_COOKIE UINT64_C(0x51f15eadc0ffee5d)

/* What a process tells the injector of itself. One packet, with the listener. */
enum enter_kind { ENTER_ACTOR, ENTER_SERVER, ENTER_HOOK, ENTER_ARM, ENTER_KINDS };
struct enter_hello {
    uint32_t kind;        /* enum enter_kind */
    uint32_t number;      /* actor among all; server's number */
    uint32_t type, index; /* of an actor */
    uint32_t for_good;    /* of a hook: all that it starts has this listener, too */
    uint32_t reserved;
    uint64_t incarnation; /* of an actor: its ledger's `starts` */
    int32_t pid, group;   /* of the process that enters; filled in by inject_enter() */
    char server[TEXT_NAME];
};
/* ENTER_ARM: the rule that is wanted, with a socket for the answer: an int64_t, the rule's number
 * in share.rules, or -errno. */
struct enter_request {
    struct enter_hello hello;
    struct rule rule;
};

struct inject_plan {
    const struct share *share; /* NULL: nothing is injected in this run */
    int socket;                /* to the injector; close-on-exec */
    bool by_command;           /* runners do not enter: the commands that they start do */
    bool hook_entered;         /* the supervisor itself has entered, for good */
    struct sock_fprog program; /* owned */
};

/* Builds the filter from share->calls. */
int inject_plan_build(struct inject_plan *plan, struct error *error);
void inject_plan_free(struct inject_plan *plan);
/* 0, or -1 with errno. EBUSY: the process has a listener already. */
int inject_enter(const struct inject_plan *plan, struct enter_hello *hello);
/* After a call with the cookie, before user code runs: the register of the sixth argument keeps it,
 * and the next call of fewer arguments would carry it on. Async-signal-safe. */
void inject_forget(void);
/* Sends a rule and waits for the answer: its number, or -errno. Runner or supervisor. */
int64_t inject_arm(const struct inject_plan *plan, const struct rule *rule);

#endif
