/* SPDX-License-Identifier: MIT
 * layout.h: what lies where in the control memfd, and which process writes it.
 *
 *     header   | the supervisor writes, all read       | one page
 *     ledgers  | the supervisor writes, all read       | one per actor: what is certain
 *     servers  | the supervisor writes, all read       | one per server under test
 *     breaks   | runners of saboteurs write            | pages of their own
 *     slots    | each runner writes its own, and the   | one per actor, on pages of its own, with
 *              | supervisor while that runner is dead  | its log and its notes behind it
 *     order    | the supervisor writes, the monitor    | memory/order.h
 *              | before it starts; all read            |
 *
 * A runner maps all of it read-only, and only its own slot (a saboteur also the breaks) writable.
 * It does not hold the descriptor. So an actor that scribbles over memory can spoil only its own
 * slot. Trust nothing in a slot or in the breaks: read a slot through slot_*() (memory/slot.h).
 *
 * A slot has one writer, which stores atomics with memory_order_relaxed during an operation. It
 * stores `phase` last, with release: a reader of the phase sees the values that belong to it.
 *
 * Runs in: every process.
 */
#ifndef MEMORY_LAYOUT_H
#define MEMORY_LAYOUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "definition/definition.h"

#define LAYOUT_MAGIC UINT64_C(0x737472657373310a) /* "stress1\n" */
enum {
    LAYOUT_VERSION = 1,
    LAYOUT_RING = 64,
    LAYOUT_MESSAGE = STRESS_TEXT_MAX + 1,
    LAYOUT_NOTE = STRESS_NOTE_MAX + 1,
    LAYOUT_LINE = 64
};

/* What a runner is doing. The runner writes it. */
enum layout_phase {
    PHASE_ABSENT = 0,  /* no runner, or one that is not set up yet */
    PHASE_STARTING,    /* the actor type's start() runs */
    PHASE_PERFORMING,  /* inside an operation, or past it if `ended` covers it */
    PHASE_BETWEEN,     /* in the delay between two operations */
    PHASE_WAITING,     /* waits for tickets */
    PHASE_STOPPING,    /* the actor type's stop() runs */
    PHASE_LEFT,        /* left at an operation boundary: stopped, or `outcome` is RESET or FAIL */
    PHASE_COUNT
};

/* A finished operation in the ring. */
struct layout_operation {
    uint64_t index;       /* of the operation within the actor */
    uint64_t started_ns;  /* CLOCK_MONOTONIC */
    uint64_t duration_ns;
    uint32_t action;      /* index into the type's actions */
    uint32_t outcome;     /* enum stress_outcome */
};

/* What the signal handler of a crash recorded. */
struct layout_crash {
    uint32_t signal; /* 0: no crash recorded; written last */
    int32_t code;    /* si_code */
    uint64_t address;
    int32_t thread;
    int32_t reserved;
};

/* What one runner writes. The supervisor zeroes it before each fork, so the counters are those of
 * this incarnation. */
struct layout_slot {
    /* Written by the runner and the supervisor. */
    _Alignas(LAYOUT_LINE) _Atomic uint32_t tickets; /* operations it may still start */
    _Atomic uint32_t wake;                          /* futex: changes on a stop and new tickets */
    /* Written by the supervisor before a ticket, if a list gives the operations. */
    _Atomic uint64_t ordered;                       /* the index of the operation to perform */
    _Atomic uint32_t hold;                          /* 1: first wait for a debugger */
    /* Written by the runner, at its beginning and at its end. */
    _Atomic uint64_t entered_ns;                    /* when it began; 0: it had no turn */
    struct layout_crash crash;
    /* Written by the runner alone. */
    _Alignas(LAYOUT_LINE) _Atomic uint32_t phase;   /* enum layout_phase */
    _Atomic uint32_t action;                        /* of the current operation */
    _Atomic uint64_t operation;                     /* index of the current operation */
    _Atomic uint64_t since_ns;                      /* when the phase or the operation began */
    _Atomic uint64_t counted, uncounted;            /* finished operations by outcome */
    _Atomic uint64_t ended;                         /* finished in all; ring head: ended % RING */
    _Atomic uint32_t outcome;                       /* of the last operation, valid in PHASE_LEFT */
    _Atomic uint32_t status;                        /* exit status of a command that failed; or 0 */
    _Atomic int32_t program;                        /* pid of a program that stays; or 0 */
    char message[LAYOUT_MESSAGE];                   /* stress_actor_fail() */
    char announcement[LAYOUT_MESSAGE];              /* stress_actor_announce() */
    struct layout_operation ring[LAYOUT_RING];
    struct histogram latency;                       /* ns, of counted operations */
};

/* One operation in the log behind a slot: operation n lies at n % n_logged. The log is never wiped:
 * ignore entries that started before the generation began. */
struct layout_logged {
    _Atomic uint64_t started_ns;
    _Atomic uint64_t result; /* duration_ns * 8 + outcome + 1; 0: not ended */
};

/* The note of an operation, in the place that the log has for it. Pages without one are never
 * touched. Read it through note_read(). */
struct layout_note {
    _Atomic uint64_t operation; /* its index + 1; 0: none. Written last */
    char text[LAYOUT_NOTE];
};

/* What is certain about an actor: the sums over its reaped incarnations. The supervisor writes it,
 * apart from `written`. */
struct layout_ledger {
    uint32_t type, index;           /* into the definition; within the type */
    _Atomic int32_t pid;            /* of the runner; 0: none. Zeroed before the runner is reaped */
    _Atomic uint32_t retired;       /* 1: the actor was given up */
    _Atomic uint64_t counted, uncounted, failed, resets, indeterminate;
    _Atomic uint64_t starts;        /* runners forked for it */
    _Atomic uint64_t settled;       /* ... whose slots have been settled */
    _Atomic uint64_t entered_ns;    /* when the last of them that had a turn began; 0: none had */
    _Atomic uint64_t corrupted;     /* ... whose slots made no sense: what they did is unknown */
    _Atomic uint64_t next_operation;
    uint64_t cut_generation;        /* generation + 1 in which an operation was cut off; 0: never */
    uint64_t cut_operation;
    uint32_t cut_action;
    uint32_t reserved;
    _Atomic uint64_t written;       /* operations before it are in the history. Of the monitor */
    _Atomic uint64_t logged_generation; /* generation + 1 of the next field; 0: none */
    _Atomic uint64_t logged_first;      /* its first operation that may be in the log */
    struct histogram latency;
};

struct layout_server {
    char name[TEXT_NAME];
    _Atomic int32_t pid; /* process group leader; 0: not running. Zeroed before the reaping */
    uint32_t reserved;
};

struct layout_header {
    uint64_t magic;
    uint32_t version;
    uint32_t n_actors;
    uint64_t size; /* of the memfd */
    uint64_t seed;
    uint32_t limited;                /* 1: operations take tickets */
    uint32_t n_servers;              /* never shrinks */
    _Atomic uint32_t stop;           /* the stop flag */
    _Atomic uint32_t scarce;         /* 1: runners wait and the pool of tickets is empty */
    _Atomic uint64_t generation;
    _Atomic uint64_t resets;
    uint64_t time_limit_ns;          /* of the run, from its first generation on; 0: none */
    _Atomic uint64_t time_is_up_ns;  /* when that is over; 0: not known yet, or never */
    _Atomic uint64_t begun_ns;       /* when the generation began, and the gate opened */
    uint64_t ledgers, servers, breaks, slots, order; /* offsets */
    uint64_t slot_stride;
    _Atomic uint32_t hook;   /* enum wire_hook_name + 1 of the running hook; 0: none */
    _Atomic uint32_t gate;   /* futex: 1 while the runners of a generation are being forked */
    uint64_t states_address; /* where the first supervisor mapped the actor states; 0: not yet */
    _Atomic uint64_t resets_begun; /* unlike `resets`, counted before the hook runs */
    uint32_t history;              /* 1: the monitor writes a history, so wait for room in a log */
    _Atomic uint32_t history_turn; /* futex: the monitor has read the logs once more */
};

/* Announced breaks: [0] of the environment, [1 + actor], [1 + n_actors + server]. A value of
 * generation + 1 announces a break in that generation; ignore other values. */
typedef _Atomic uint64_t layout_break;

/* The order of operations, past or to come: memory/order.h. */
enum { ORDER_ROOM = 1 << 18, ORDER_MERGED = 1 << 16 };
#define ORDER_RESET UINT32_MAX /* instead of an actor: a reset */

struct order_entry {
    uint32_t actor;
    uint32_t late;       /* 1: it did not end in time, so the next one was let go */
    uint64_t operation;  /* index within the actor */
    uint64_t started_ns; /* 0: unknown */
    uint64_t result;     /* as in struct layout_logged */
};

struct order {
    _Atomic uint64_t n;       /* entries so far; in a replay, in all */
    _Atomic uint64_t at;      /* in a replay: the next entry */
    _Atomic uint64_t segment; /* in a replay: generation of the entries since the last reset */
    _Atomic uint64_t late;    /* operations that did not end in time */
    _Atomic uint64_t skipped; /* in a replay: entries without an actor to perform them */
    struct order_entry entries[ORDER_ROOM];
};

/* The offsets and sizes of all parts, in bytes; each part starts on a page. */
struct layout_plan {
    uint64_t ledgers, servers, breaks, slots, slot_stride, order, size;
    uint64_t log, notes; /* offsets of the log and of the notes within a slot's stride */
    uint32_t n_logged; /* operations that the log holds: a power of two */
};
/* Calculates the plan. `page`: bytes of a page. Async-signal-safe. */
void layout_plan(uint32_t n_actors, uint64_t page, struct layout_plan *ret);

#endif
