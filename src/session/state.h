/* SPDX-License-Identifier: MIT
 * state.h: the state of a run, and what every file of the session may do to it: fail, refuse, stop,
 * kill. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_STATE_H
#define SESSION_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "cli/cli.h"
#include "record/record.h"
#include "rundir/rundir.h"
#include "session/history.h"
#include "session/metrics.h"
#include "session/orders.h"
#include "session/output.h"
#include "session/progress.h"
#include "warden/warden.h"
#include "workload/workload.h"

enum { SESSION_EVENTS = 256 }; /* faults that events.jsonl lists */
enum { SESSION_RECORDED = 20 /* times as long may a recorded operation take */ };
#define SESSION_SERIAL_WAIT_NS (2 * CLOCK_SECOND) /* then the next operation may begin */
#define SESSION_DESCRIBE_NS (5 * CLOCK_SECOND) /* time limit of the describe hook */

/* How far the current supervisor has come. */
enum session_phase {
    SESSION_DEFINING = 1 << 0,   /* CONFIG is sent */
    SESSION_SETTING_UP = 1 << 1, /* GLOBAL is sent */
    SESSION_RUNNING = 1 << 2,    /* MEMORY is sent */
    SESSION_CLOSING = 1 << 3     /* it sends no more messages */
};

/* The deadlines. */
enum session_timer {
    TIMER_LIMIT,  /* of the run */
    TIMER_HOOK,   /* of the running hook */
    TIMER_SPEAK,  /* until DEFINITION */
    TIMER_STOP,   /* from STOP to DONE */
    TIMER_CLOSE,  /* from the last word to the death */
    TIMERS
};

/* Why the monitor killed the supervisor. */
enum session_kill {
    KILL_NONE,
    KILL_HOOK,    /* the running hook took too long */
    KILL_SILENT,  /* no DEFINITION */
    KILL_STOP,    /* it did not stop */
    KILL_CLOSE,   /* it did not end */
    KILL_SIGNAL,  /* a second signal came: the user does not want to wait */
    KILL_OVER     /* the record says why */
};

struct session {
    const struct options *options;
    const struct subject *subject;
    const struct session_orders *orders; /* NULL: a run of its own */
    char **argv;
    bool list;
    struct record record;
    struct rundir rundir;
    struct scratch scratch;           /* at -1: not made */
    unsigned made_levels;             /* directories made for it; a refusal removes them */
    struct progress progress;
    struct samples samples;
    struct metrics metrics;
    struct history history;
    struct output *output;
    char *server_tails;               /* OUTPUT_TAIL bytes for each server; NULL: none */
    struct stacks stacks;             /* and the tracer that sends them */
    struct warden warden;             /* pipe -1: none is running */
    int signals;                      /* signalfd */
    int wire;                         /* -1: closed */
    /* The memory of the run. */
    int global_fd, control_fd, state_fd;
    int share_fd, share_readonly;     /* of injection; -1: no injection */
    uint64_t events_seen;             /* injections already logged */
    unsigned n_kept;                  /* findings that have a copy of the scratch directory */
    unsigned episode_findings;        /* of this episode: the number, and the first */
    struct wire_finding episode_first;
    uint64_t hook_kills_seen;
    uint64_t global_address, control_size, state_size;
    struct wire_judge judge;          /* of this episode */
    bool states_due;                  /* the actor states of this episode are still to be filled */
    /* The current supervisor. */
    enum session_phase phase;
    enum session_kill kill;
    int hook;                         /* enum wire_hook_name; -1: none */
    uint64_t hook_held_ns;            /* session_injection_held() that deadlines include */
    pid_t hook_pid;                   /* of the process that runs it, by its own account */
    uint64_t timers[TIMERS];          /* deadlines by clock_now(); CLOCK_NEVER: none */
    bool stop_sent;
    /* The run. */
    struct clock_lead clocks;         /* at the last look */
    bool limit_started;
    bool default_limit;               /* no exit criterion was given */
    bool said_start;
    bool stop_wanted;
    bool refused;                     /* leave nothing behind, exit with 2 */
    bool over;
    bool covers;                      /* the scratch directory lies over the disk: see cover.h */
    bool drafted;                     /* `draft` is a finding whose description is still to come */
    unsigned deaths_in_hooks;         /* deaths in a row without an operation between them */
    unsigned n_told;                  /* findings whose reset is known, or cannot be known */
    uint64_t work_at_death;           /* sum of all operations at the latest of these deaths */
    struct wire_finding draft;
    struct wire_finding named;        /* the finding being named */
    struct wire_reset last_reset;
    struct definition declared;       /* what the first supervisor sent */
    struct wire_message message;
    char tail[OUTPUT_TAIL];
};

/* The harness failed: keeps the first reason, and kills the supervisor. */
void session_fail(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Not a workload, or not one to be run with these options: prints `text`, and the run ends with
 * exit status 2 and leaves nothing behind. */
void session_refuse(struct session *session, const char *text);
/* Asks the supervisor to end, as soon as it can take the message. */
void session_stop(struct session *session);
/* Kills the supervisor; the first reason stands. */
void session_kill(struct session *session, enum session_kill why);
/* Closes the socket to the supervisor, if it is open. */
void session_close_wire(struct session *session);
/* Prints the lines at the start of a run, once. */
void session_say_start(struct session *session);
/* Takes a sample if one is due, or if it is the `last`. */
void session_sample(struct session *session, bool last);

#endif
