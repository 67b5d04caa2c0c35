/* SPDX-License-Identifier: MIT
 * rule.h: one rule of injection: which calls, when, what happens to them. As the user writes it
 * (man/stress-supervisor.1, INJECTION) and as a struct that lies in shared memory.
 *
 *     SYSCALLS:ACTION[:WHEN][:FILTER]...
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

/* A name may have the index of an actor behind it. */
enum { RULE_TEXT = 512, RULE_PATH = 256, RULE_NAME = TEXT_NAME + 11 };

enum rule_action {
    RULE_ERROR,      /* the call fails with `amount` as its errno; it has no effect */
    RULE_DELAY,      /* it is held for `amount` ns, then takes effect */
    RULE_SHORT,      /* at most `amount` bytes are moved, legally */
    RULE_KILL,       /* SIGKILL before it takes effect */
    RULE_KILL_AFTER, /* it takes effect, then SIGKILL */
    RULE_TORN,       /* `amount` bytes take effect, then SIGKILL */
    RULE_STOP,       /* the process is stopped for `amount` ns */
    RULE_RECORD,     /* nothing happens; the point is written down. Not in the grammar */
    RULE_ACTIONS
};
#define RULE_HALF UINT64_MAX /* `amount` of short and torn: half of what was asked for */
#define RULE_ANY UINT64_MAX  /* `operation` */

/* Whose calls. */
enum rule_whose {
    RULE_OF_ANYBODY, /* actors, and servers under test */
    RULE_OF_ACTOR,   /* actors of type `type`, or one of them */
    RULE_OF_SERVER,  /* of the server `name` */
    RULE_OF_HOOK     /* of the reset hook */
};

struct rule {
    struct call_set calls;
    uint32_t action;             /* enum rule_action */
    uint32_t whose;              /* enum rule_whose */
    uint64_t amount;
    uint64_t first, step;        /* the first-th match; then each step-th; step 0: only that one */
    uint64_t chance;             /* of 2^64 of each match; 0: as `first` and `step` say */
    uint64_t operation;          /* index within the actor; RULE_ANY */
    uint32_t onwards;            /* 1: that operation and all after it */
    uint32_t files_only;         /* 1: of calls on a descriptor those on files and directories */
    uint32_t type;               /* resolved from `name`; RULE_OF_ACTOR */
    uint32_t index;              /* within the type; UINT32_MAX: all of it */
    char name[RULE_NAME];        /* of the actor or server, as written */
    char operation_action[TEXT_NAME]; /* "" any */
    char path[RULE_PATH];        /* pattern; "" any */
    char text[RULE_TEXT];        /* as the user wrote it */
};

/* Parses a rule. -1 with one line that names what is wrong and what there is. */
int rule_parse(const char *text, struct rule *ret, struct error *error);
/* Finds the actor and the action that it names. -1: there is none, so it can never match. */
int rule_resolve(struct rule *rule, const struct definition *definition, struct error *error);
/* Is this a rule, also when it comes from a process that is not trusted? */
bool rule_is_sane(const struct rule *rule);
/* Does the pattern fit a path? One without a slash is matched against the last component. */
bool rule_path_fits(const char *pattern, const char *path);

#endif
