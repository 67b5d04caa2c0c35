/* SPDX-License-Identifier: MIT
 * share.h: the memfd of injection: rules and what became of them. The monitor makes it and writes
 * the rules; the injector alone has it writable from then on, and nobody else has to be trusted.
 *
 *     monitor     makes it, reads the tallies for the report
 *     injector    writes tallies, victims, and the rules that are armed during the run
 *     supervisor  reads: which calls to ask for, whose death was injected
 *     runners     read: has a rule fired?
 *
 * It outlives injectors and supervisors, so counts go on when one is replaced.
 *
 * Runs in: every process.
 */
#ifndef INJECT_SHARE_H
#define INJECT_SHARE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "definition/definition.h"
#include "inject/rule.h"

enum {
    SHARE_RULES = 64,     /* those of the command line ... */
    SHARE_ARMED = 64,     /* ... and those armed during the run, behind them */
    SHARE_ALL = SHARE_RULES + SHARE_ARMED,
    SHARE_EVENTS = 256
};

struct share_tally {
    _Atomic uint64_t matched, fired;
};

/* The last fault put into an actor. Incarnations count from 1, as its ledger's `starts`. */
struct share_victim {
    _Atomic uint64_t faulted;   /* incarnation of it */
    _Atomic uint64_t operation; /* + 1: the operation it hit */
    _Atomic uint64_t killed;    /* incarnation that was killed */
};

/* Who made a call, and which. */
struct share_call {
    uint32_t whose;        /* enum rule_whose, not RULE_OF_ANYBODY */
    uint32_t type, index;  /* of an actor */
    uint32_t action;       /* of the operation; UINT32_MAX: none */
    uint64_t operation;    /* RULE_ANY: in none */
    uint64_t ordinal;      /* among the calls of that number in the operation, from 1 */
    int32_t number;        /* of the system call */
    uint32_t reserved;
    char server[TEXT_NAME];
    char path[RULE_PATH];  /* the end of it, if it is longer; "" none */
};

struct share_event {
    uint64_t at_ns; /* CLOCK_MONOTONIC */
    uint32_t rule;
    uint32_t reserved;
    struct share_call call;
};

/* Where faults could be put: RULE_RECORD writes them down. Memory that the process that wants to
 * know has made (MAP_SHARED) before it forked the monitor of the run. */
struct share_points {
    uint64_t room;
    _Atomic uint64_t n; /* may be more than room: then some are missing */
    struct share_call points[];
};

/* What a user must know of a target, said once each. */
enum share_note {
    SHARE_NOTE_IO_URING,  /* asked for io_uring and was refused */
    SHARE_NOTE_FILTER,    /* loaded a seccomp filter of its own */
    SHARE_NOTE_LISTENER,  /* wanted to have its own calls notified, and was refused */
    SHARE_NOTE_ROOT,      /* an effect was not possible: another root directory or mounts */
    SHARE_NOTE_HOOK,      /* inherited the reset hook's filter: its own rules are over */
    SHARE_NOTE_EFFECT,    /* an effect was not possible for another reason */
    SHARE_NOTE_PATH,      /* the path of a call could not be read */
    SHARE_NOTE_FOREIGN,   /* made a call of another architecture */
    SHARE_NOTE_OUTLIVED,  /* made a call after its operation had ended */
    SHARE_NOTE_KINDS
};

struct share {
    uint64_t magic;
    uint64_t seed;
    uint32_t n_rules;          /* of the command line; final */
    uint32_t armable;          /* 1: the workload may arm rules: `calls` holds theirs, too */
    struct call_set calls;     /* that are notified: of all rules, and of what may be armed */
    struct rule rules[SHARE_ALL];
    struct share_tally tally[SHARE_ALL];
    _Atomic uint32_t armed;    /* rules so far: number n lies at SHARE_RULES + n % SHARE_ARMED */
    _Atomic uint64_t fired;    /* faults put in so far by rules of the command line */
    _Atomic uint64_t hook_killed; /* faults that killed a hook */
    _Atomic uint64_t servers[DEFINITION_SERVERS]; /* pid of the last killed, by number */
    _Atomic uint64_t notes[SHARE_NOTE_KINDS]; /* how often */
    struct definition definition; /* of the workload: names of actions */
    _Atomic uint64_t n_events;    /* faults so far; number n lies at n % SHARE_EVENTS */
    struct share_event events[SHARE_EVENTS];
    struct share_victim victims[DEFINITION_ACTORS];
};

/* Monitor: a sealed memfd with these rules. Returns it and its own mapping, or -1. */
int share_create(const struct rule *rules, uint32_t n, const struct call_set *armable,
                 uint64_t seed, const struct definition *definition, struct share **ret,
                 struct error *error);
/* Monitor, between two episodes, when nobody is injected: other rules, nothing has happened yet. */
void share_renew(struct share *share, const struct rule *rules, uint32_t n);
/* Maps one that came over a socket; NULL if it is none. */
struct share *share_map(int fd, bool writable, struct error *error);
void share_unmap(struct share *share);
/* A copy of fault number n, from 0. False: it is not there yet, or no longer: all but one of the
 * last SHARE_EVENTS are. */
bool share_event(const struct share *share, uint64_t n, struct share_event *ret);
/* Are there rules that could match calls of this kind of process? Actors by type and index. */
bool share_concerns(const struct share *share, enum rule_whose whose, uint32_t type,
                    uint32_t index, const char *server);
/* Was the server of that number killed by a fault in its life as `pid`? `share` NULL: no. */
bool share_killed_server(const struct share *share, uint32_t server, pid_t pid);

#endif
