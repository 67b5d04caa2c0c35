/* SPDX-License-Identifier: MIT
 * wire.h: the messages between monitor and supervisor.
 *
 * They pass over one SOCK_SEQPACKET pair, one message a packet, as structs. Both ends must be of
 * the same build, which the version verifies. The receiver trusts nothing in a message:
 * wire_receive() checks sizes, enums and strings. The order:
 *
 *   monitor                        supervisor
 *   CONFIG        ->
 *                 <- DEFINITION (or REFUSED, and the supervisor exits)
 *   [--list ends here: the monitor closes the socket]
 *   GLOBAL + fds  ->                     the memfd of the global state (none if its size is 0) and
 *                                        that of injection, read-only (if anything is injected)
 *                 <- HOOK_BEGIN / HOOK_END setup
 *                 <- COUNTS              actors per type after setup (or SKIPPED / REFUSED)
 *   MEMORY + fds  ->                     the memfds of control memory and actor states
 *                 <- GENERATION 0 ... RESET, HOOK_*, DRAFT, FINDING, SERVER, GENERATION n ...
 *                 <- ASK                 before a generation, after a finding that may be the last
 *   GO            ->                     or STOP
 *                 <- KEEP                before hooks change what a finding left
 *   GO            ->
 *   STOP          ->                     at any time after MEMORY
 *                 <- HOOK_* check, teardown
 *                 <- DONE, and the supervisor exits 0
 *
 * Not async-signal-safe, except where a function says so.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "definition/definition.h"
#include "memory/memory.h"

/* The environment variable that names the supervisor's descriptors, "wire,output,injector,tracer":
 * its end of the socket to the monitor, and the sockets for output pipes, for the listeners of
 * injected processes (-1: nothing is injected) and for requests for stacks. */
#define WIRE_VARIABLE "STRESS_SUPERVISOR_SOCKETS"
enum {
    WIRE_VERSION = 10,
    WIRE_PATH = 4096,
    WIRE_TEXT = STRESS_ENV_TEXT_MAX + 1,
    WIRE_DESCRIPTION = 4096,
    WIRE_STORY = STORY_MOST, /* operations in a finding, of all actors */
    WIRE_FDS = 2,
    WIRE_DEATHS = 16,
    WIRE_WATCHED = 256, /* bytes of a value of the command that is run every second */
    WIRE_OTHERS = 8
};

enum wire_type {
    WIRE_CONFIG = 1, /* struct wire_config */
    WIRE_GLOBAL,     /* struct wire_memory + fds: global if size > 0, injection if injects is 1 */
    WIRE_MEMORY,     /* struct wire_memory + fds: control, actor states if state_size > 0 */
    WIRE_STOP,       /* no body */
    WIRE_DEFINITION, /* struct definition */
    WIRE_REFUSED,    /* struct wire_text: wrong usage, or not a workload; nothing was started */
    WIRE_SKIPPED,    /* struct wire_text: setup returned STRESS_ENV_SKIP */
    WIRE_COUNTS,     /* struct wire_counts */
    WIRE_HOOK_BEGIN, /* struct wire_hook */
    WIRE_HOOK_END,   /* struct wire_hook */
    WIRE_GENERATION, /* struct wire_generation */
    WIRE_RESET,      /* struct wire_reset */
    WIRE_DRAFT,      /* struct wire_finding: a FINDING before its describe hook runs, in case the
                      * hook takes the supervisor down */
    WIRE_FINDING,    /* struct wire_finding */
    WIRE_SERVER,     /* struct wire_server */
    WIRE_WATCH,      /* struct wire_watch */
    WIRE_RETIRED,    /* struct wire_retired */
    WIRE_HELD,       /* struct wire_held: a runner waits for a debugger */
    WIRE_ERROR,      /* struct wire_text: the harness itself failed; exit status 3 */
    WIRE_DONE,       /* struct wire_done */
    WIRE_EPISODE,    /* struct wire_done: as DONE, then waits for AGAIN, JUDGE or STOP (if
                      * config.episodes) */
    WIRE_AGAIN,      /* no body: this supervisor ends and the next one begins at GLOBAL */
    WIRE_JUDGE,      /* struct wire_judge: in place of AGAIN, if done.stays */
    WIRE_ASK,        /* no body: may a generation begin, after the findings that were sent? The
                      * supervisor waits for GO or STOP (if config.asks) */
    WIRE_GO,         /* no body: it may */
    WIRE_KEEP,       /* no body: keep the scratch directory for the findings that were sent, before
                      * the next hook changes it. The supervisor waits for GO (if config.keeps) */
    WIRE_LAST
};

/* Which actor performs next. */
enum wire_schedule {
    WIRE_FREE,   /* all of them, in parallel */
    WIRE_SERIAL, /* one at a time, drawn from the seed */
    WIRE_LISTED, /* one at a time, as the order in the control memory says */
    WIRE_SCHEDULES
};

enum wire_sandbox { WIRE_SANDBOX_GUARD, WIRE_SANDBOX_STRICT, WIRE_SANDBOX_NONE, WIRE_SANDBOXES };

struct wire_config {
    uint32_t version;
    uint32_t list_only; /* 1: the monitor wants only DEFINITION */
    uint64_t seed;
    uint64_t target;    /* operations; 0: no target */
    uint64_t target_set;/* 1: `target` overrides that of the definition */
    uint64_t target_most; /* otherwise the most that the definition's may be; 0: any */
    uint64_t op_timeout_ns;
    uint64_t slowness;  /* times as long as the workload says may an operation take */
    uint64_t reset_timeout_ns;
    uint32_t sandbox;   /* enum wire_sandbox */
    uint32_t restarts;  /* number of supervisors before this one */
    int32_t monitor_pid, warden_pid;
    int32_t tracer_pid;   /* the process that may read stacks */
    uint32_t hold_ms;     /* how long a crashing process waits for its stack to be read */
    uint32_t serial;    /* enum wire_schedule */
    uint32_t hold_last; /* 1: the runner of the last listed operation waits for a debugger */
    uint64_t serial_wait_ns; /* after this time without an end the next operation is let go */
    uint32_t episodes;     /* 1: send EPISODE at the end and wait for AGAIN or STOP */
    uint32_t attempts;     /* 1: `target` counts operations begun, not those counted (serial) */
    uint32_t end_at_fault; /* 1: after a fault or a finding, reset, check and end the run */
    uint32_t asks;         /* 1: send ASK after a finding: the monitor counts them */
    uint32_t inherits;     /* 1: the memories are those of an earlier machine */
    uint32_t keeps;        /* 1: send KEEP after a finding */
    char scratch[WIRE_PATH], witness[WIRE_PATH]; /* absolute, as the next */
    char output[WIRE_PATH]; /* what operations print goes there, too; "": nowhere */
    struct definition_counts counts;
};

/* An episode that judges a state: what an operation left behind, which was cut off, or had ended.
 * It performs no operation, runs reset and check as after a fault that killed the operation, and
 * ends. */
struct wire_judge {
    uint32_t given;      /* 1: it is one */
    uint32_t actor, action;
    uint32_t performing; /* 1: the operation was cut off; 0: it had ended with `status` */
    uint64_t operation;  /* index within the actor; RULE_ANY: no operation had begun */
    uint64_t generation; /* resets before it */
    int32_t status;
};

struct wire_memory {
    uint64_t size;       /* bytes of the global state (GLOBAL) or the control memfd (MEMORY) */
    uint64_t state_size; /* bytes of the actor state memfd (MEMORY) */
    uint64_t injects;    /* 1: the memory of injection comes, too (GLOBAL) */
    uint64_t address;    /* where the global state (GLOBAL) or the actor states (MEMORY) must be
                          * mapped; 0: anywhere */
    struct wire_judge judge; /* (GLOBAL) */
};

struct wire_counts {
    uint32_t n_types;
    uint32_t count[DEFINITION_TYPES];
    uint64_t global_address; /* where the global state is mapped; 0: there is none */
};

struct wire_text {
    char text[WIRE_TEXT];
};

enum wire_hook_name {
    WIRE_HOOK_SETUP,
    WIRE_HOOK_RESET,
    WIRE_HOOK_CHECK,
    WIRE_HOOK_TEARDOWN,
    WIRE_HOOK_DESCRIBE,
    WIRE_HOOKS
};
struct wire_hook {
    uint32_t hook;    /* enum wire_hook_name */
    uint32_t result;  /* enum stress_env_result; only in HOOK_END */
    int32_t pid;      /* of the process that runs the hook */
};

struct wire_generation {
    uint64_t generation;
    uint64_t reset_ns; /* how long the reset before it took; 0 in generation 0 */
    uint64_t at_ns;    /* none of its operations began before */
};

struct wire_reset {
    uint64_t generation; /* the one that ends */
    uint32_t cause;      /* enum stress_cause */
    int32_t actor;       /* -1: none */
    uint32_t announced;
    char announcement[LAYOUT_MESSAGE];
};

/* The kinds of findings; wire_finding_kind_name() has their names. */
enum wire_finding_kind {
    FINDING_CRASH,
    FINDING_EXIT,
    FINDING_FAILURE,
    FINDING_HANG,
    FINDING_INVARIANT,
    FINDING_UNANNOUNCED_RESET,
    FINDING_SERVER_DEATH,
    FINDING_ENVIRONMENT,
    FINDING_CORRUPTION,
    FINDING_STARVED,
    FINDING_KERNEL, /* this and the next: of a machine; no supervisor sends them */
    FINDING_LOST,
    FINDING_LIMIT, /* of --require, at the end: no supervisor sends it */
    FINDING_KINDS
};

/* The process of an actor. */
struct wire_process {
    uint32_t actor;
    int32_t pid;
};

struct wire_finding {
    uint32_t kind;          /* enum wire_finding_kind */
    int32_t actor;          /* -1: the environment or a server */
    uint64_t generation;
    uint64_t begun_ns;      /* when the generation began; 0: the supervisor did not report it */
    uint64_t found_ns;      /* when it happened; the message may come in a later generation */
    uint64_t operation;     /* of that actor; UINT64_MAX: none */
    int32_t signal;         /* that killed the process; 0: none */
    int32_t exit_status;    /* of the process, or of a command that failed */
    int32_t code;           /* si_code of the death; 0: the process did not die */
    int32_t out_of_memory;  /* 1: the kernel killed it because memory ran out */
    int32_t pid;            /* of the process that died or hung, which finds its stack; 0: none */
    uint32_t by_program;    /* 1: a program that stays died, whose last output may say why */
    struct layout_crash crash;
    char server[TEXT_NAME]; /* that died or did not start; "": none */
    char action[TEXT_NAME]; /* "": none */
    char title[WIRE_TEXT];  /* one line */
    char description[WIRE_DESCRIPTION]; /* from the describe hook; "": none */
    struct order_range order; /* the operations that led to it; begin == end: unknown */
    uint32_t n_operations;
    struct story_operation operations[WIRE_STORY]; /* of all actors, oldest first */
    uint64_t mark;          /* where the output that says why begins; 0: unknown */
    uint64_t start;         /* mark of the process whose output it is; 0: of all of them */
    int32_t server_number;  /* + 1, of a server that did not start; 0: find it by its name */
    uint32_t n_others;      /* of a hang: others that made no progress; their stacks were read */
    struct wire_process others[WIRE_OTHERS];
};

enum wire_server_event {
    WIRE_SERVER_READY,
    WIRE_SERVER_KILLED, /* by the harness */
    WIRE_SERVER_ENDED,  /* before the harness killed it: it was not ready yet, or was to stop */
    WIRE_SERVER_DIED,
    WIRE_SERVER_EVENTS
};
struct wire_server {
    char name[TEXT_NAME];
    uint32_t event; /* enum wire_server_event */
    uint32_t number; /* in the table of servers */
    int32_t pid;
    int32_t signal, exit_status; /* that it ended with; both 0 if it runs */
};

struct wire_watch {
    uint64_t at_ns;          /* when the command was started */
    char text[WIRE_WATCHED]; /* one line */
};

struct wire_held {
    int32_t pid;
};

struct wire_death {
    int32_t signal, exit_status;
};
struct wire_retired {
    int32_t actor;
    uint32_t fruitless; /* deaths in a row without an operation in between */
    uint32_t n_deaths;  /* in `deaths`: the first few and the last, in order */
    struct wire_death deaths[WIRE_DEATHS];
};

enum wire_end { WIRE_END_TARGET, WIRE_END_STOPPED, WIRE_END_NO_ACTORS, WIRE_END_RESETS_FAILED,
                WIRE_END_SETUP_FAILED, WIRE_END_FAULT, WIRE_END_LIST, WIRE_ENDS };
struct wire_done {
    uint32_t end; /* enum wire_end */
    uint32_t strays; /* processes that actors left behind and the supervisor killed */
    uint32_t stays;  /* 1: this supervisor can judge the next state */
};

/* One packet. It is large, since it has room for a definition: keep it static or on the heap. */
struct wire_message {
    uint32_t type;
    uint32_t size; /* bytes of `body` in use */
    union {
        struct wire_config config;
        struct wire_memory memory;
        struct wire_counts counts;
        struct wire_text text;
        struct wire_hook hook;
        struct wire_generation generation;
        struct wire_reset reset;
        struct wire_finding finding;
        struct wire_server server;
        struct wire_watch watch;
        struct wire_retired retired;
        struct wire_held held;
        struct wire_done done;
        struct wire_judge judge;
        struct definition definition;
    } body;
    int fds[WIRE_FDS]; /* received descriptors, the caller's to close; -1: none */
};

/* Makes room for the largest message in the socket. Call it once on each end that sends. Returns 0,
 * or -1 with `error`. */
int wire_prepare(int socket, struct error *error);
/* Sends one message, blocking while the socket is full. The fds stay the caller's. Returns 0, or -1
 * with `error`. */
int wire_send(int socket, enum wire_type type, const void *body, size_t size, const int *fds,
              size_t n_fds, struct error *error);
/* Receives one message and checks it: a known type, the exact size, no surplus descriptors, enums
 * in range, strings terminated. Returns 1 for a message, 0 if the other end is closed, -1 with
 * `error` if the message is invalid or on failure (EAGAIN in error->code: no message is there and
 * `wait` is false). */
int wire_receive(int socket, bool wait, struct wire_message *ret, struct error *error);

/* Return a word for the value; "?" if it is out of range. Async-signal-safe. */
const char *wire_finding_kind_name(enum wire_finding_kind kind); /* "crash" */
const char *wire_hook_text(enum wire_hook_name hook);            /* "setup" */
const char *wire_cause_text(uint32_t cause);                     /* enum stress_cause: "request" */
const char *wire_outcome_text(uint32_t outcome);                 /* enum stress_outcome: "ok" */
const char *wire_result_text(uint32_t result);                   /* enum stress_env_result */

/* A packet on the output socket, which hands the read end of a pipe to the monitor. */
enum wire_source {
    WIRE_SOURCE_ACTOR,
    WIRE_SOURCE_SERVER,
    WIRE_SOURCE_RESET, /* no pipe: those that follow are announced behind the next RESET */
    WIRE_SOURCES
};
struct wire_output {
    uint32_t source; /* enum wire_source */
    uint32_t index;  /* of the actor or server */
};
/* Makes a pipe and sends its read end. Returns the write end, or -1 with errno. Async-signal-safe.
 */
int wire_output_open(int output_socket, enum wire_source source, uint32_t index);
/* Sends the read end of an existing pipe and closes it, also on failure. Returns 0, or -1 with
 * errno. Async-signal-safe. */
int wire_output_hand_over(int output_socket, enum wire_source source, uint32_t index,
                          int read_end);
/* Says that a RESET is about to be sent. If that fails, the monitor is gone. */
void wire_output_reset(int output_socket);
/* A mark in an output pipe, which no text contains: here begins the output of the command with this
 * number, from 1, or with WIRE_MARK_START that of a process: the Nth one of the actor or server.
 * The monitor takes it out. Async-signal-safe. */
struct wire_mark {
    char magic[8];
    uint64_t number;
};
#define WIRE_MARK_START (UINT64_C(1) << 63)
#define WIRE_MARK_MAGIC "\0\001mark:\002" /* 8 bytes; the first does not occur again */
/* Writes a mark. If that fails, the output is kept, but not told apart. */
void wire_output_mark(int fd, uint64_t number);
/* Receives one packet without waiting. *ret_fd is the caller's to close; -1: there is none. Returns
 * 1, 0 or -1 as wire_receive() does. */
int wire_output_receive(int output_socket, struct wire_output *ret, int *ret_fd,
                        struct error *error);

#endif
