/* SPDX-License-Identifier: MIT
 * layout.h: what lies where in the control memfd, and who may write it.
 *
 *     header   | supervisor writes; all read          | one page
 *     ledgers  | supervisor writes; all read          | one per actor: what is certain
 *     servers  | supervisor writes; all read          | one per server under test
 *     breaks   | saboteurs' runners write             | pages of their own
 *     slots    | each its own runner writes, and the  | one per actor, pages of their own; behind
 *              | supervisor while the runner is dead  | each its log
 *     order    | supervisor writes, and the monitor   | memory/order.h
 *              | before it starts; all read           |
 *
 * A runner has all of it mapped read-only and only its own slot (a saboteur also the breaks)
 * writable, from a descriptor it does not hold; so the worst an actor that scribbles over memory
 * can do is to spoil its own slot. Nothing in a slot or in the breaks is trusted: read it through
 * slot_*() (memory/slot.h).
 *
 * Single writer: plain stores of atomics with memory_order_relaxed on the path of an operation;
 * `phase` is stored with release last, so that a reader of the phase sees what belongs to it.
 */
#ifndef MEMORY_LAYOUT_H
#define MEMORY_LAYOUT_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/base.h"
#include "definition/definition.h"

#define LAYOUT_MAGIC UINT64_C(0x737472657373310a) /* "stress1\n" */
enum {
    LAYOUT_VERSION = 1,
    LAYOUT_RING = 64,
    LAYOUT_MESSAGE = STRESS_TEXT_MAX + 1,
    LAYOUT_LINE = 64
};

/* Where a runner is. Written by the runner; read with slot_phase(). */
enum layout_phase {
    PHASE_ABSENT = 0,  /* no runner, or not yet set up */
    PHASE_STARTING,    /* the actor type's start() runs */
    PHASE_PERFORMING,  /* inside an operation, or past it, if `ended` covers it */
    PHASE_BETWEEN,     /* the delay between two operations */
    PHASE_WAITING,     /* for tickets */
    PHASE_STOPPING,    /* the actor type's stop() runs */
    PHASE_LEFT,        /* done at an operation boundary: a stop, or `outcome` is RESET or FAIL */
    PHASE_COUNT
};

/* One finished operation in the ring. */
struct layout_operation {
    uint64_t index;       /* of the operation within the actor */
    uint64_t started_ns;  /* CLOCK_MONOTONIC */
    uint64_t duration_ns;
    uint32_t action;      /* index into the type's actions */
    uint32_t outcome;     /* enum stress_outcome */
};

/* What the signal handler of a crash could still write. */
struct layout_crash {
    uint32_t signal; /* 0: no crash recorded; written last */
    int32_t code;    /* si_code */
    uint64_t address;
    int32_t thread;
    int32_t reserved;
};

/* One runner's; zeroed by the supervisor before each fork, so counters are of this incarnation. */
struct layout_slot {
    /* Written by runner and supervisor. */
    _Alignas(LAYOUT_LINE) _Atomic uint32_t tickets; /* operations it may still start */
    _Atomic uint32_t wake;                          /* futex: changes on a stop, on new tickets */
    /* Written by the supervisor before a ticket, in a run whose operations are listed. */
    _Atomic uint64_t ordered;                       /* the index of the operation to perform */
    _Atomic uint32_t hold;                          /* 1: wait for a debugger before it */
    /* Written by the runner alone. */
    _Alignas(LAYOUT_LINE) _Atomic uint32_t phase;   /* enum layout_phase */
    _Atomic uint32_t action;                        /* of the current operation */
    _Atomic uint64_t operation;                     /* index of the current operation */
    _Atomic uint64_t since_ns;                      /* when the phase (an operation: it) started */
    _Atomic uint64_t counted, uncounted;            /* finished operations by outcome */
    _Atomic uint64_t ended;                         /* all finished: ring head = ended % RING */
    _Atomic uint32_t outcome;                       /* of the last operation, valid in PHASE_LEFT */
    uint32_t reserved;
    struct layout_crash crash;
    char message[LAYOUT_MESSAGE];                   /* stress_actor_fail() */
    char announcement[LAYOUT_MESSAGE];              /* stress_actor_announce() */
    struct layout_operation ring[LAYOUT_RING];
    struct histogram latency;                       /* of counted operations */
};

/* One operation in the log behind a slot: operation n lies at n % (operations of the log). It is
 * not wiped: stamps before the generation began mean nothing. */
struct layout_logged {
    _Atomic uint64_t started_ns;
    _Atomic uint64_t result; /* duration_ns * 8 + outcome + 1; 0: not ended */
};

/* What is certain of an actor: the sum over its reaped incarnations. The supervisor writes it. */
struct layout_ledger {
    uint32_t type, index;           /* into the definition; within the type */
    _Atomic int32_t pid;            /* of the runner; 0: none. Zeroed before it is reaped */
    _Atomic uint32_t retired;       /* 1: given up */
    _Atomic uint64_t counted, uncounted, failed, resets, indeterminate;
    _Atomic uint64_t starts;        /* runners forked for it */
    _Atomic uint64_t settled;       /* ... whose slot has been added here */
    _Atomic uint64_t corrupted;     /* ... or made no sense, so that what it did is not known */
    _Atomic uint64_t next_operation;
    uint64_t cut_generation;        /* generation + 1 in which an operation was cut off; 0: never */
    uint64_t cut_operation;
    uint32_t cut_action;
    uint32_t reserved;
    _Atomic uint64_t logged_generation; /* generation + 1 of what follows; 0: none */
    _Atomic uint64_t logged_first;      /* the first operation of it that may be in the log */
    struct histogram latency;
};

struct layout_server {
    char name[TEXT_NAME];
    _Atomic int32_t pid; /* process group leader; 0: not running. Zeroed before it is reaped */
    uint32_t reserved;
};

struct layout_header {
    uint64_t magic;
    uint32_t version;
    uint32_t n_actors;
    uint64_t size; /* of the memfd */
    uint64_t seed;
    uint32_t limited;                /* 1: operations take tickets */
    uint32_t n_servers;              /* grows only */
    _Atomic uint32_t stop;           /* the stop flag */
    _Atomic uint32_t scarce;         /* 1: some wait, and there are no tickets left to give */
    _Atomic uint64_t generation;
    _Atomic uint64_t resets;
    _Atomic uint64_t begun_ns;       /* the generation */
    uint64_t ledgers, servers, breaks, slots, order; /* offsets */
    uint64_t slot_stride;
    _Atomic uint32_t hook;   /* enum wire_hook_name + 1 of the one that runs; 0: none */
    uint32_t reserved;
    uint64_t states_address; /* where the first supervisor mapped the actor states; 0: not yet */
};

/* Breaks announced: breaks[0] the environment, [1 + actor], [1 + n_actors + server]. The value is
 * generation + 1; other values mean nothing. */
typedef _Atomic uint64_t layout_break;

/* The three parts of the arithmetic: sizes and places, in pages of `page`. */
struct layout_plan {
    uint64_t ledgers, servers, breaks, slots, slot_stride, order, size;
    uint64_t log;      /* where in a slot's stride the log begins */
    uint32_t n_logged; /* operations it holds: a power of two */
};
void layout_plan(uint32_t n_actors, uint64_t page, struct layout_plan *ret);

#endif
