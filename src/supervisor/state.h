/* SPDX-License-Identifier: MIT
 * state.h: the state of the supervisor process, one struct that its files share, and what all of
 * them do with a runner. Not async-signal-safe.
 *
 * Functions of this folder that take an error return 0, or -1 with `error`: then the harness itself
 * failed and the run ends.
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
    RUNNER_FREE_DEATHS = 2,    /* fruitless deaths in a row before a fork is delayed */
    RUNNER_MAX_FRUITLESS = 10, /* fruitless deaths in a row before an actor is given up */
    RUNNER_MAX_FAILURES = 100, /* failures in a row, without a good operation, before that */
    RUNNER_CROWDED_S = 5,      /* how long to retry a fork if there is no room for a process */
    RESET_TRIES = 3,           /* how often to try a reset hook that fails */
    OUTBOX_WAIT_MS = 1
};

/* Why the stack of a runner is read before the runner is killed. */
enum runner_exam {
    EXAM_NONE,
    EXAM_HANG, /* an operation takes too long */
    EXAM_LATE  /* it does not reach its boundary */
};

struct runner {
    const enum runner_state state; /* runner_apply() changes it */
    pid_t pid;
    uint64_t forked_ns, first_operation;
    uint64_t granted;         /* tickets in this incarnation */
    uint64_t granted_ns;      /* when it got the last ones */
    uint64_t death_deadline_ns; /* in the state RUNNER_KILLED: when it must be gone */
    uint64_t held_until_ns;
    uint64_t crowded_ns;      /* since when there is no room for its process; 0: there is room */
    uint32_t fruitless;       /* deaths in a row without a finished operation */
    uint32_t failures;        /* failures in a row without a counted or uncounted operation */
    uint32_t n_deaths;        /* fruitless deaths in `deaths` */
    struct wire_death deaths[WIRE_DEATHS];
    int output;               /* write end of its pipe to the monitor */
    uint64_t suspect;         /* operation + 1 that was overdue at the last look; 0: none */
    enum runner_exam exam;    /* why its stack is being read */
    uint64_t exam_deadline_ns; /* when to stop waiting for that */
    uint64_t answer_deadline_ns; /* when to stop waiting for its stack; 0: was not asked for */
    uint32_t n_others;        /* whose stacks were asked for before: perhaps it waits for them */
    struct wire_process others[WIRE_OTHERS];
    bool hung;                /* killed because an operation took too long */
    bool lost;                /* killed because its tickets are gone, and it waits for ever */
    bool let_go;              /* its operation did not end in time: others no longer wait for it */
};

struct supervisor {
    struct stress_env env;
    int wire, output;                 /* sockets to the monitor */
    bool anew;                        /* not the first supervisor: the memory has been used */
    struct episode_note *note;        /* to the parent that forks episodes; NULL: none */
    int injector;                     /* socket to the injector; -1: nothing is injected */
    int tracer;                       /* socket to the tracer */
    int stack_answers, stack_reply;   /* the ends for its answers: ours, and the one it gets */
    int epoll, signals, tickets_calls, failure_pipe;
    struct child_plan child;
    struct sandbox sandbox;
    struct runner *runners;           /* one per actor */
    uint32_t n_actors, n_live;
    const enum run_state state;       /* run_apply() changes it */
    bool wants_reset;                 /* a reset was asked for in this generation ... */
    struct stress_reset why;          /* ... first for this cause */
    char announcement[LAYOUT_MESSAGE];
    enum wire_end end;
    bool deaths_unseen;               /* a hook ran with SIGCHLD unblocked: look for deaths */
    uint64_t target, pool;            /* operations wanted; tickets not given yet */
    uint64_t late_check_ns;           /* when actors that have not begun lose their ticket */
    uint32_t turn;                    /* the actor to serve first next time */
    uint64_t stop_deadline_ns, hang_check_ns, held_check_ns, exam_check_ns, kill_check_ns;
    bool has_found;                   /* this process has sent a finding */
    bool found_since;                 /* ... since the monitor was last asked to go on, ... */
    bool found_unkept;                /* ... or to keep the scratch directory */
    bool checked;                     /* no operation has begun since the last check hook */
    uint64_t described_generation;    /* generation + 1 of `description` */
    char description[WIRE_DESCRIPTION];
    uint64_t oom_kills;               /* of the kernel, at the last look */
    uint32_t strays;                  /* processes left behind and killed: reap_is_stray() */
    struct inject_plan inject;
    uint64_t hook_kills;              /* faults that killed a hook, at the last look */
    uint64_t faulted_generation;      /* generation + 1 of the last fault; 0: none */
    struct serial *serial;            /* NULL: actors run freely */
    struct watch {
        pid_t pid;                    /* of the command; 0: it is not running */
        pid_t group;                  /* its process group, and that of the last one */
        int pipe;                     /* its output */
        bool late;                    /* it was killed */
        uint64_t begun_ns, due_ns, kill_ns;
    } watch;
    struct finding_told *told;        /* the findings whose order of operations was sent */
    struct outbox {
        size_t used;
        unsigned char bytes[65536];
    } outbox;
};

/* Returns the current generation; 0 before there is control memory. */
uint64_t supervisor_generation(const struct supervisor *s);
/* How many runners were forked for the actor: the last one is that incarnation of it. */
uint64_t supervisor_incarnation(const struct supervisor *s, uint32_t actor);
/* Moves a runner through its table of states (lifecycle.h). */
void runner_apply(struct runner *runner, enum runner_event event);
/* Sets *ret to the bounds for the slot of a runner that lives or has just died. */
void runner_bounds(const struct supervisor *s, uint32_t actor, struct slot_bounds *ret);
/* Returns when a runner could begin: at its fork, or when all of its generation were forked. */
uint64_t runner_begun(const struct supervisor *s, uint32_t actor);
/* Wakes a runner that waits for tickets, or for the end of the delay between two operations. */
void runner_wake(const struct supervisor *s, uint32_t actor);

#endif
