/* SPDX-License-Identifier: MIT
 * share.h: the memory of injection, a memfd: the rules, and what became of them.
 *
 *     monitor     makes it, writes the rules, reads the tallies for the report
 *     injector    writes tallies, disks, victims, events and the rules armed during the run
 *     supervisor  reads which calls to ask about, and which deaths were injected
 *     runners     read whether a rule has fired
 *
 * Only monitor and injector have it writable, so the other processes need not be trusted. It
 * outlives injectors and supervisors: the counts go on when one of them is replaced.
 * share_records(), share_concerns(), share_killed_server() and share_event() are async-signal-safe.
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
    SHARE_RULES = 64,     /* rules of the command line */
    SHARE_ARMED = 64,     /* rules armed during the run, which lie behind those */
    SHARE_ALL = SHARE_RULES + SHARE_ARMED,
    SHARE_EVENTS = 256,
    SHARE_HITS = 2,       /* rules of which the first hit is kept */
    SHARE_PATH = 4096
};

struct share_tally {
    _Atomic uint64_t matched, fired;
};

/* The disk of a RULE_FULL, from when the rule fires until the next reset. */
struct share_disk {
    uint64_t since; /* `resets_begun` (memory) + 1 when it fired; 0: never */
    uint64_t left;  /* bytes that can still be written */
};

/* The last fault of an actor. Incarnations count from 1, like `starts` of the ledger. */
struct share_victim {
    _Atomic uint64_t faulted;   /* incarnation with the fault */
    _Atomic uint64_t operation; /* operation with the fault, + 1 */
    _Atomic uint64_t killed;    /* incarnation that a fault killed */
    _Atomic uint64_t held;      /* incarnation that faults delayed or stopped */
    _Atomic uint64_t held_operation; /* the last such operation, + 1; 0: the start hook */
    _Atomic uint64_t held_ns;   /* for how long in all */
};

/* A call, and the process that made it. */
struct share_call {
    uint32_t whose;        /* enum rule_whose, not RULE_OF_ANYBODY */
    uint32_t type, index;  /* of an actor */
    uint32_t action;       /* of the operation; UINT32_MAX: none */
    uint64_t operation;    /* index within the actor; RULE_ANY: none */
    uint64_t ordinal;      /* among the calls of this number in the operation, from 1 */
    int32_t number;        /* of the system call */
    uint32_t stored;       /* of a point: its number among the calls that store data on the disk,
                            * from 1; 0: it is another */
    char server[TEXT_NAME];
    char path[RULE_PATH];  /* the end of a longer one; "": none */
    char other[RULE_PATH]; /* the second path, as of a rename; "": none */
};

struct share_event {
    uint64_t at_ns; /* CLOCK_MONOTONIC */
    uint32_t rule;
    uint32_t reserved;
    struct share_call call;
};

/* The points where a fault is possible, which RULE_RECORD records. A process that wants them maps
 * this memory (MAP_SHARED) before it forks the monitor of the run. */
struct share_points {
    uint64_t room;
    _Atomic uint64_t n; /* points seen; if more than `room`, the rest is missing */
    _Atomic uint32_t stored; /* of which store data on the disk */
    struct share_call points[];
};

/* What the report tells the user about the targets, each once. */
enum share_note {
    SHARE_NOTE_IO_URING,  /* asked for io_uring, which was refused */
    SHARE_NOTE_FILTER,    /* loaded a seccomp filter of its own */
    SHARE_NOTE_LISTENER,  /* asked for a seccomp listener of its own, which was refused */
    SHARE_NOTE_ROOT,      /* the injector could not make a call: other root directory or mounts */
    SHARE_NOTE_HOOK,      /* inherits the reset hook's filter, so its own rules no longer match */
    SHARE_NOTE_EFFECT,    /* the injector could not make a call, for another reason */
    SHARE_NOTE_PATH,      /* the path of a call could not be read */
    SHARE_NOTE_FOREIGN,   /* made a call of another architecture */
    SHARE_NOTE_OUTLIVED,  /* made a call after its operation had ended */
    SHARE_NOTE_MAPPED,    /* mapped a file shared and writable, while points are recorded */
    SHARE_NOTE_KINDS
};

struct share {
    uint64_t magic;
    uint64_t seed;
    uint32_t n_rules;          /* of the command line; final */
    uint32_t armable;          /* 1: the workload may arm rules, and `calls` has their calls, too */
    uint32_t traced;           /* 1: a recorder traces the processes; there is no injector */
    uint32_t reserved;
    char output[SHARE_PATH];   /* no rule for files only matches calls on this file; "": none */
    char disk[SHARE_PATH];     /* the scratch directory; "": none */
    struct call_set calls;     /* the filter asks about: of all rules, and of those to arm */
    struct rule rules[SHARE_ALL];
    struct share_tally tally[SHARE_ALL];
    struct share_disk disks[SHARE_ALL]; /* injector only */
    _Atomic uint32_t armed;    /* rules armed so far; n lies at SHARE_RULES + n % SHARE_ARMED */
    _Atomic uint64_t fired;    /* faults so far, of rules of the command line */
    _Atomic uint64_t hook_killed; /* faults so far that killed a hook */
    _Atomic uint64_t servers[DEFINITION_SERVERS]; /* by number: the last pid that a fault killed */
    _Atomic uint64_t server_faults[DEFINITION_SERVERS]; /* by number: errors put into it, kills */
    _Atomic uint64_t server_held_ns[DEFINITION_SERVERS]; /* by number: faults held it so long */
    _Atomic uint64_t hook_held_ns; /* the same for the reset hook */
    _Atomic uint64_t notes[SHARE_NOTE_KINDS]; /* how often each happened */
    _Atomic int32_t failure;   /* errno of an injector that could not do its work; 0: it does */
    struct definition definition; /* of the workload, for the names of actions */
    _Atomic uint64_t n_events;    /* faults so far; n lies at n % SHARE_EVENTS */
    struct share_event events[SHARE_EVENTS];
    struct share_call hits[SHARE_HITS]; /* by rule: the first call that it hit, once it fired */
    struct share_victim victims[DEFINITION_ACTORS];
};

/* Makes a sealed memfd with these rules. `armable` (may be NULL): the calls that the workload may
 * arm rules for. Returns the descriptor, with the mapping in *ret, or -1 with `error`. Monitor
 * only. */
int share_create(const struct rule *rules, uint32_t n, const struct call_set *armable,
                 uint64_t seed, const struct definition *definition, struct share **ret,
                 struct error *error);
/* Sets other rules and clears the tallies, between two episodes, while no process is injected.
 * Monitor only. */
void share_renew(struct share *share, const struct rule *rules, uint32_t n);
/* Maps a descriptor that came over a socket; it stays the caller's. Returns NULL with `error` if it
 * is not a memory of injection. */
struct share *share_map(int fd, bool writable, struct error *error);
/* Unmaps the memory. NULL: does nothing. */
void share_unmap(struct share *share);
/* Copies fault number n, from 0. Returns false if it has not happened yet, or if it is not among
 * the last SHARE_EVENTS - 1. */
bool share_event(const struct share *share, uint64_t n, struct share_event *ret);
/* Does a rule record points? */
bool share_records(const struct share *share);
/* Can a rule match calls of such a process? `type` and `index` are of an actor, `server` is the
 * name of a server. */
bool share_concerns(const struct share *share, enum rule_whose whose, uint32_t type,
                    uint32_t index, const char *server);
/* Did a fault kill the process `pid` of this server? False if `share` is NULL. */
bool share_killed_server(const struct share *share, uint32_t server, pid_t pid);

#endif
