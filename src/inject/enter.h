/* SPDX-License-Identifier: MIT
 * enter.h: how a process lets the injector see its calls: it loads a seccomp filter that asks about
 * the calls of all rules, and hands the filter's listener to the injector. In a recorded run it
 * asks the recorder to trace it, and loads a filter that stops it for its tracer.
 *
 * The supervisor makes the plan. inject_enter() runs in the child right before user code: in a
 * runner, or in a command or server between fork and exec. inject_enter() and inject_arm() are
 * async-signal-safe.
 *
 * Runs in: supervisor, runner, and what they start before it executes.
 */
#ifndef INJECT_ENTER_H
#define INJECT_ENTER_H

#include <linux/filter.h>

#include "inject/share.h"

/* The harness marks its own calls in an injected process with this sixth argument. The filter lets
 * them through. */
#define INJECT_COOKIE UINT64_C(0x51f15eadc0ffee5d)

/* What a process tells the injector about itself: one packet, with the listener. */
enum enter_kind { ENTER_ACTOR, ENTER_SERVER, ENTER_HOOK, ENTER_ARM, ENTER_SETTLED, ENTER_KINDS };
struct enter_hello {
    uint32_t kind;        /* enum enter_kind */
    uint32_t number;      /* of the actor among all actors, or of the server */
    uint32_t type, index; /* of an actor */
    uint32_t for_good;    /* of a hook, 1: whatever it starts inherits this listener */
    uint32_t reserved;
    uint64_t performs;    /* of a command: the operation that it is, + 1; 0: it is a runner */
    uint64_t incarnation; /* of an actor: `starts` of its ledger */
    int32_t pid, group;   /* of the process that enters; inject_enter() fills them in */
    uint64_t channel[2];  /* of a program that stays: the inodes of the pipes over which it is told
                           * and answers; 0: none */
    char server[TEXT_NAME];
};
/* ENTER_ARM: a rule to arm, with a socket for the answer: an int64_t, the number that the rule has
 * among the armed ones, or -errno. */
struct enter_request {
    struct enter_hello hello;
    struct rule rule;
};

struct inject_plan {
    const struct share *share; /* NULL: nothing is injected in this run */
    int socket;                /* to the injector; close-on-exec */
    bool by_command;           /* the commands that runners start enter, and not the runners */
    bool hook_entered;         /* the supervisor itself has entered, for good */
    struct sock_fprog program; /* the plan's own; inject_plan_free() frees it */
};

/* Builds the filter from share->calls. Returns 0, or -1 with `error`. Not async-signal-safe. */
int inject_plan_build(struct inject_plan *plan, struct error *error);
/* Frees the filter. Not async-signal-safe. */
void inject_plan_free(struct inject_plan *plan);
/* Of a recorded run: tells the recorder that no runner is left, and waits until it has looked at
 * the disk. Otherwise does nothing. For the supervisor; not async-signal-safe. */
void inject_settle(const struct inject_plan *plan);
/* Loads the filter and sends `hello` with the listener. Sets no_new_privs if that is necessary.
 * Returns 0, or -1 with errno (EBUSY: the process already has a listener). */
int inject_enter(const struct inject_plan *plan, struct enter_hello *hello);
/* Clears the register of the sixth argument, which still holds the cookie after a call of the
 * harness: the next call of fewer arguments would carry it on. Call it before user code runs.
 * Async-signal-safe. */
void inject_forget(void);
/* For a process that is forked to find out whether the machine permits a filter with a listener:
 * loads the filter and exits with 0 or an errno. Async-signal-safe. */
_Noreturn void inject_try(const struct inject_plan *plan);
/* Sends a rule and waits for the answer. Returns its number, or -errno (-EPIPE: no injector
 * answers). */
int64_t inject_arm(const struct inject_plan *plan, const struct rule *rule);

#endif
