/* SPDX-License-Identifier: MIT
 * rule.h: one rule of injection: which calls, when, what happens to them.
 *
 * The user writes a rule as SYSCALLS:ACTION[:FILTER]... (stress-supervisor(1), "Faults at system
 * calls"). In shared memory it is a struct. Not async-signal-safe.
 *
 * Runs in: every process.
 */
#ifndef INJECT_RULE_H
#define INJECT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "definition/definition.h"
#include "inject/call.h"

/* A RULE_NAME has room for ".INDEX" behind the name of an actor type. */
enum { RULE_TEXT = 512, RULE_PATH = 256, RULE_NAME = TEXT_NAME + 11 };

enum rule_action {
    RULE_ERROR,      /* the call fails with errno `amount` and has no effect */
    RULE_DELAY,      /* the call is held for `amount` ns, then takes effect */
    RULE_SHORT,      /* the call moves at most `amount` bytes, as POSIX allows */
    RULE_KILL,       /* SIGKILL before the call takes effect */
    RULE_KILL_AFTER, /* SIGKILL after the call took effect */
    RULE_TORN,       /* SIGKILL after `amount` bytes took effect */
    RULE_STOP,       /* the process is stopped for `amount` ns */
    RULE_FULL,       /* the disk is full after `amount` bytes: a short call, then ENOSPC */
    RULE_RECORD,     /* the injector records the point and lets the call through. Not in rules of
                      * users */
    RULE_ACTIONS
};
/* `amount` of short, torn and full: half of the bytes of the call; of full: of the first call. */
#define RULE_HALF UINT64_MAX
#define RULE_ANY UINT64_MAX  /* `operation`: any */

/* Whose calls a rule is about. */
enum rule_whose {
    RULE_OF_ANYBODY, /* of actors and servers under test */
    RULE_OF_ACTOR,   /* of the actors of `type`, or of one of them */
    RULE_OF_SERVER,  /* of the server `name` */
    RULE_OF_HOOK     /* of the reset hook */
};

struct rule {
    struct call_set calls;
    uint32_t action;             /* enum rule_action */
    uint32_t whose;              /* enum rule_whose */
    uint64_t amount;
    uint64_t first, step;        /* fires at match `first`, then at each step-th; step 0: once */
    uint64_t chance;             /* of 2^64, at each match; 0: `first` and `step` decide */
    uint64_t operation;          /* index within the actor, or RULE_ANY */
    uint32_t onwards;            /* 1: that operation and all later ones */
    uint32_t files_only;         /* 1: no calls on pipes, sockets and character devices */
    uint32_t type;               /* RULE_OF_ACTOR: rule_resolve() finds it from `name` */
    uint32_t index;              /* within the type; UINT32_MAX: all actors of the type */
    char name[RULE_NAME];        /* of the actor or server, as the user wrote it */
    char operation_action[TEXT_NAME]; /* "": any */
    char path[RULE_PATH];        /* pattern; "": any */
    char text[RULE_TEXT];        /* as the user wrote it */
};

/* Parses a rule. Returns 0, or -1 with an error that names what is wrong and what is allowed. */
int rule_parse(const char *text, struct rule *ret, struct error *error);
/* Finds the actor type and the action that the rule names. Returns 0, or -1 with `error` if the
 * definition does not have them, so that the rule can never match. */
int rule_resolve(struct rule *rule, const struct definition *definition, struct error *error);
/* Checks a rule that comes from a process that is not trusted. */
bool rule_is_sane(const struct rule *rule);
/* Does the pattern (fnmatch(3)) fit the path? A pattern without a slash may also fit the last
 * component alone. */
bool rule_path_fits(const char *pattern, const char *path);

#endif
