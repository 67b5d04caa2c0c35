/* SPDX-License-Identifier: MIT
 * state.h: the state of the supervisor process: one struct that its files share, and the few things
 * that any of them may ask of a runner. Not async-signal-safe.
 *
 * Functions of this folder return 0, or -1 with `error`: then the harness itself failed and the run
 * ends.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_STATE_H
#define SUPERVISOR_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "actor/actor.h"
#include "env/env.h"
#include "memory/memory.h"
#include "supervisor/lifecycle.h"

enum {
    RUNNER_FREE_DEATHS = 2,    /* deaths in a row without an operation that cost no wait */
    RUNNER_MAX_FRUITLESS = 10, /* ... after which an actor is given up */
    RUNNER_MAX_FAILURES = 100, /* failures in a row, without an operation that went well */
    RUNNER_CROWDED_S = 5,      /* so long is tried to fork it where there is no room */
    RESET_TRIES = 3,           /* a reset hook that fails is tried so often */
    OUTBOX_WAIT_MS = 1
};

/* Why a runner that is to be killed has its stack read first. */
enum runner_exam { EXAM_NONE, EXAM_HANG, EXAM_LATE };

struct runner {
    const enum runner_state state; /* runner_apply() changes it */
    pid_t pid;
    uint64_t forked_ns, first_operation;
    uint64_t granted;         /* tickets in this incarnation */
    uint64_t granted_ns;      /* when the last ones came */
    uint64_t death_deadline_ns; /* in the state RUNNER_KILLED: it is to be gone by then */
    uint64_t held_until_ns;
    uint64_t crowded_ns;      /* since when there is no room for its process; 0: there is */
    uint32_t fruitless;       /* deaths in a row without a finished operation */
    uint32_t failures;        /* in a row, without one counted or uncounted */
    uint32_t n_deaths;        /* in that row, at most WIRE_DEATHS are kept */
    struct wire_death deaths[WIRE_DEATHS];
    int output;               /* write end of its pipe to the monitor */
    uint64_t suspect;         /* operation (+ 1) that was overdue when last looked at; 0: none */
    enum runner_exam exam;    /* under way, */
    uint64_t exam_deadline_ns; /* and not longer than this */
    bool hung;                /* killed because of an operation that took too long */
    bool let_go;              /* its operation did not end in time: the others do not wait for it */
};

struct supervisor {
    struct stress_env env;
    int wire, output;                 /* sockets to the monitor */
    bool anew;                        /* not the first of them: the memory has been used */
    struct episode_note *note;        /* to it */
    int injector;                     /* socket to it; -1: nothing is injected */
    int tracer;                       /* socket to it */
    int stack_answers, stack_reply;   /* what it answers on, and the end that it gets */
    int epoll, signals, tickets_event, failure_pipe;
    struct child_plan child;
    struct sandbox sandbox;
    struct runner *runners;           /* one per actor */
    uint32_t n_actors, n_live;
    const enum run_state state;       /* run_apply() changes it */
    bool wants_reset;                 /* somebody asked in this generation ... */
    struct stress_reset why;          /* ... the first one, and its reason */
    char announcement[LAYOUT_MESSAGE];
    enum wire_end end;
    bool deaths_unseen;               /* a hook ran with SIGCHLD unblocked: look for deaths */
    uint64_t target, pool;            /* tickets not yet given */
    uint64_t late_check_ns;           /* when those who did not begin yet lose their ticket */
    uint32_t turn;                    /* the actor that is served first next time */
    uint64_t stop_deadline_ns, hang_check_ns, held_check_ns, exam_check_ns, kill_check_ns;
    bool has_found;                   /* something, by this process */
    uint64_t described_generation;    /* + 1 */
    char description[WIRE_DESCRIPTION];
    uint64_t oom_kills;               /* of the machine, when last looked */
    uint32_t strays;
    struct inject_plan inject;
    uint64_t hook_kills;              /* injected, when last looked */
    uint64_t faulted_generation;      /* + 1: the last one in which a fault was put in */
    struct serial *serial;            /* NULL: actors run freely */
    struct finding_told *told;        /* of which findings the order of operations was told */
    struct outbox {
        size_t used;
        unsigned char bytes[65536];
    } outbox;
};

uint64_t supervisor_generation(const struct supervisor *s);
/* Moves a runner through its table of states (lifecycle.h). */
void runner_apply(struct runner *runner, enum runner_event event);
/* Bounds that the slot of a live or just dead runner is checked against. */
void runner_bounds(const struct supervisor *s, uint32_t actor, struct slot_bounds *ret);
/* Wakes a runner that waits: for tickets, or in the delay between two operations. */
void runner_wake(const struct supervisor *s, uint32_t actor);

#endif
