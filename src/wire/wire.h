/* SPDX-License-Identifier: MIT
 * wire.h: the messages between monitor and supervisor, over one SOCK_SEQPACKET pair: one message a
 * packet, little more than structs. Both ends are of the same build (the version says so). The
 * monitor trusts nothing in them: sizes, enums and strings are checked in wire_receive(). Order:
 *
 *   monitor                        supervisor
 *   CONFIG        ->
 *                 <- DEFINITION (or REFUSED, and it exits)
 *   [list ends here: the monitor closes the socket]
 *   GLOBAL + fds  ->                     the memfd of the global state (none if its size is 0), and
 *                                        that of injection, read-only (if anything is injected)
 *                 <- HOOK_BEGIN / HOOK_END setup
 *                 <- COUNTS              actors per type after setup (or SKIPPED / REFUSED)
 *   MEMORY + fds  ->                     control and actor state
 *                 <- GENERATION 0 ... RESET, HOOK_*, DRAFT, FINDING, SERVER, GENERATION n ...
 *   STOP          ->                     at any time after MEMORY
 *                 <- HOOK_* check, teardown
 *                 <- DONE, and it exits 0
 *
 * Not async-signal-safe.
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "definition/definition.h"
#include "memory/memory.h"

/* The environment variable that tells the workload's process its end of the socket, the socket on
 * which runners hand their output pipes to the monitor, and the one on which the injected hand
 * their listeners to the injector, and the one on which stacks are asked for
 * ("socket,output,injector,tracer"; -1: nothing is injected). */
#define WIRE_VARIABLE "STRESS_SUPERVISOR_SOCKETS"
enum {
    WIRE_VERSION = 3,
    WIRE_PATH = 4096,
    WIRE_TEXT = STRESS_ENV_TEXT_MAX + 1,
    WIRE_DESCRIPTION = 4096,
    WIRE_STORY = 32, /* operations of all actors in a finding */
    WIRE_FDS = 2,
    WIRE_DEATHS = 16
};

enum wire_type {
    WIRE_CONFIG = 1, /* struct wire_config */
    WIRE_GLOBAL,     /* struct wire_memory + fds: global (size 0: none), injection (injects 0: -) */
    WIRE_MEMORY,     /* struct wire_memory + 2 fds: control, actor state (state_size 0: 1 fd) */
    WIRE_STOP,       /* nothing */
    WIRE_DEFINITION, /* struct definition */
    WIRE_REFUSED,    /* struct wire_text: wrong usage or not a workload; nothing was started */
    WIRE_SKIPPED,    /* struct wire_text: setup said STRESS_ENV_SKIP */
    WIRE_COUNTS,     /* struct wire_counts */
    WIRE_HOOK_BEGIN, /* struct wire_hook */
    WIRE_HOOK_END,   /* struct wire_hook */
    WIRE_GENERATION, /* struct wire_generation */
    WIRE_RESET,      /* struct wire_reset */
    WIRE_DRAFT,      /* struct wire_finding: as FINDING will say, unless the describe hook, which is
                      * asked first, takes the supervisor down */
    WIRE_FINDING,    /* struct wire_finding */
    WIRE_SERVER,     /* struct wire_server */
    WIRE_RETIRED,    /* struct wire_retired */
    WIRE_HELD,       /* struct wire_held: a runner waits for a debugger */
    WIRE_ERROR,      /* struct wire_text: the harness itself failed; exit 3 */
    WIRE_DONE,       /* struct wire_done */
    WIRE_EPISODE,    /* struct wire_done: DONE, but it waits for AGAIN or STOP (config.episodes) */
    WIRE_AGAIN,      /* nothing: it ends; a new one begins at GLOBAL, with the rules of now */
    WIRE_LAST
};

/* Who is next: whoever can; one after the other as the seed says; or as the order in the control
 * memory says. */
enum wire_schedule { WIRE_FREE, WIRE_SERIAL, WIRE_LISTED, WIRE_SCHEDULES };

enum wire_sandbox { WIRE_SANDBOX_GUARD, WIRE_SANDBOX_STRICT, WIRE_SANDBOX_NONE, WIRE_SANDBOXES };

struct wire_config {
    uint32_t version;
    uint32_t list_only; /* DEFINITION is all that is wanted */
    uint64_t seed;
    uint64_t target;    /* operations; 0: none. Final: option or definition */
    uint64_t target_set;/* 1: `target` overrides the definition's */
    uint64_t target_most; /* else that is at most this; 0: it stands */
    uint64_t op_timeout_ns;
    uint64_t reset_timeout_ns;
    uint32_t sandbox;   /* enum wire_sandbox */
    uint32_t restarts;  /* supervisors before this one */
    int32_t monitor_pid, warden_pid;
    int32_t tracer_pid;   /* who may read stacks */
    uint32_t hold_ms;     /* how long who crashes waits for that */
    uint32_t serial;    /* enum wire_schedule */
    uint32_t hold_last; /* 1: the runner of the last listed operation waits for a debugger */
    uint64_t serial_wait_ns; /* the next operation is let go if one does not end in this time */
    uint32_t episodes;     /* 1: after the end it waits whether it shall begin anew */
    uint32_t attempts;     /* 1: `target` is of operations begun, not of counted ones (serial) */
    uint32_t end_at_fault; /* 1: the run ends with the reset and check after a fault or finding */
    char scratch[WIRE_PATH]; /* absolute */
};

struct wire_memory {
    uint64_t size;       /* of the global state; of the control memfd */
    uint64_t state_size; /* of the actor state memfd (MEMORY) */
    uint64_t injects;    /* 1: the memory of injection comes, too (GLOBAL) */
    uint64_t address;    /* where the global state must be mapped, 0: free to choose (GLOBAL) */
};

struct wire_counts {
    uint32_t n_types;
    uint32_t count[DEFINITION_TYPES];
    uint64_t global_address; /* where it was mapped; 0 if there is none */
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
    uint32_t result;  /* enum stress_env_result; HOOK_END only */
    int32_t pid;      /* of the process it runs in */
};

struct wire_generation {
    uint64_t generation;
    uint64_t reset_ns; /* how long the reset before it took; 0 for generation 0 */
};

struct wire_reset {
    uint64_t generation; /* the one that ends */
    uint32_t cause;      /* enum stress_cause */
    int32_t actor;       /* -1: none */
    uint32_t announced;
    char announcement[LAYOUT_MESSAGE];
};

/* The kinds of findings; the text of each is in wire_finding_kind_name(). */
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
    FINDING_KINDS
};

struct wire_operation {
    uint32_t actor;
    struct layout_operation operation;
    uint32_t finished; /* 0: in flight; duration and outcome mean nothing */
};

struct wire_finding {
    uint32_t kind;          /* enum wire_finding_kind */
    int32_t actor;          /* -1: the environment or a server */
    uint64_t generation;
    uint64_t begun_ns;      /* when that began; 0: the supervisor did not say */
    uint64_t found_ns;      /* told much later, perhaps: the next generation is under way then */
    uint64_t operation;     /* of that actor; UINT64_MAX: none */
    int32_t signal;         /* how the process died: its siginfo; 0: it did not */
    int32_t exit_status;
    int32_t code;           /* si_code of the death record */
    int32_t out_of_memory;  /* 1: the kernel killed it for want of memory */
    int32_t pid;            /* of the process that died or hung; 0: none. Its stack goes by it */
    struct layout_crash crash;
    char server[TEXT_NAME]; /* FINDING_SERVER_DEATH */
    char action[TEXT_NAME]; /* "" none */
    char title[WIRE_TEXT];  /* one line */
    char description[WIRE_DESCRIPTION]; /* the describe hook's; "" none */
    struct order_range order; /* the operations that led to it; begin == end: not known */
    uint32_t n_operations;
    struct wire_operation operations[WIRE_STORY]; /* of all actors, oldest first */
};

enum wire_server_event {
    WIRE_SERVER_READY,
    WIRE_SERVER_KILLED,
    WIRE_SERVER_DIED,
    WIRE_SERVER_EVENTS
};
struct wire_server {
    char name[TEXT_NAME];
    uint32_t event; /* enum wire_server_event */
    int32_t pid;
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
    uint32_t n_deaths;  /* of the first and last few, in order */
    struct wire_death deaths[WIRE_DEATHS];
};

enum wire_end { WIRE_END_TARGET, WIRE_END_STOPPED, WIRE_END_NO_ACTORS, WIRE_END_RESETS_FAILED,
                WIRE_END_SETUP_FAILED, WIRE_END_FAULT, WIRE_END_LIST, WIRE_ENDS };
struct wire_done {
    uint32_t end; /* enum wire_end */
    uint32_t strays; /* processes that actors left behind and that were killed */
};

/* One packet. Large (the definition); keep it static or on the heap. */
struct wire_message {
    uint32_t type;
    uint32_t size; /* of the payload that is in use */
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
        struct wire_retired retired;
        struct wire_held held;
        struct wire_done done;
        struct definition definition;
    } body;
    int fds[WIRE_FDS]; /* received: owned by the caller, -1: none */
};

/* Makes room for the largest message. Once, on each end that sends. */
int wire_prepare(int socket, struct error *error);
/* Sends one message; blocks while the socket is full. The fds stay the caller's. */
int wire_send(int socket, enum wire_type type, const void *body, size_t size, const int *fds,
              size_t n_fds, struct error *error);
/* Receives one and checks it: a known type, the exact size, no surplus descriptors, enums in
 * range, strings terminated.
 * 1: a message; 0: the other end is gone; -1: no sense in it, or an error (EAGAIN in error->code if
 * `wait` is false and there is none). */
int wire_receive(int socket, bool wait, struct wire_message *ret, struct error *error);

const char *wire_finding_kind_name(enum wire_finding_kind kind); /* "crash", ... */
const char *wire_hook_text(enum wire_hook_name hook);            /* "setup", ... */
const char *wire_cause_text(uint32_t cause);                     /* enum stress_cause: "request" */
const char *wire_outcome_text(uint32_t outcome);                 /* enum stress_outcome: "ok" */
const char *wire_result_text(uint32_t result);                   /* enum stress_env_result */

/* The output socket: who announces a pipe's read end to the monitor. One packet of this, with the
 * descriptor. Sent by the child that will write, before it runs user code. */
enum wire_source { WIRE_SOURCE_ACTOR, WIRE_SOURCE_SERVER, WIRE_SOURCES };
struct wire_output {
    uint32_t source; /* enum wire_source */
    uint32_t index;  /* actor, or server */
};
/* Async-signal-safe: makes a pipe, sends its read end, and returns the write end; -1 with errno. */
int wire_output_open(int output_socket, enum wire_source source, uint32_t index);
/* The same for a pipe that is there already: sends its read end and closes it here, also on
 * failure. Async-signal-safe. 0, or -1 with errno. */
int wire_output_hand_over(int output_socket, enum wire_source source, uint32_t index,
                          int read_end);
/* Receives one; the fd is the caller's. 1, 0 or -1 as wire_receive(); never waits. */
int wire_output_receive(int output_socket, struct wire_output *ret, int *ret_fd,
                        struct error *error);

#endif
