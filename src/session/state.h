/* SPDX-License-Identifier: MIT
 * state.h: the state of a run, and the few things that every file of the session may do to it: fail,
 * refuse, stop, kill. Not async-signal-safe.
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
#include "session/metrics.h"
#include "session/orders.h"
#include "session/output.h"
#include "session/progress.h"
#include "warden/warden.h"
#include "workload/workload.h"

enum { SESSION_EVENTS = 256 }; /* faults that events.jsonl shows */
#define SESSION_SERIAL_WAIT_NS (2 * CLOCK_SECOND) /* then the next operation is let go */
#define SESSION_DESCRIBE_NS (5 * CLOCK_SECOND) /* what the describe hook may take */

/* How far the supervisor at hand has come. */
enum session_phase {
    SESSION_DEFINING = 1 << 0,   /* CONFIG is sent */
    SESSION_SETTING_UP = 1 << 1, /* GLOBAL is sent */
    SESSION_RUNNING = 1 << 2,    /* MEMORY is sent */
    SESSION_CLOSING = 1 << 3     /* it has nothing more to say */
};

/* What may expire. */
enum session_timer {
    TIMER_LIMIT,  /* of the run */
    TIMER_HOOK,   /* of the hook under way */
    TIMER_SPEAK,  /* until DEFINITION */
    TIMER_STOP,   /* from STOP to DONE */
    TIMER_CLOSE,  /* from the last word to the death */
    TIMERS
};

/* Why we killed the supervisor. */
enum session_kill {
    KILL_NONE,
    KILL_HOOK,    /* the hook under way took too long */
    KILL_SILENT,  /* no DEFINITION */
    KILL_STOP,    /* it did not stop */
    KILL_CLOSE,   /* it did not die */
    KILL_SIGNAL,  /* the user does not want to wait */
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
    unsigned made_levels;             /* directories made for it: a refusal takes them away */
    struct progress progress;
    struct samples samples;
    struct metrics metrics;
    struct output *output;
    struct stacks stacks;             /* and the tracer, who sends them */
    struct warden warden;             /* pipe -1: none */
    int signals;                      /* signalfd */
    int wire;                         /* -1: closed */
    /* The memory of the run. */
    int global_fd, control_fd, state_fd;
    int share_fd, share_readonly;     /* of injection; -1: nothing is injected */
    uint64_t events_seen;             /* of injection */
    unsigned episode_findings;        /* of this episode: how many, and the first */
    struct wire_finding episode_first;
    uint64_t hook_kills_seen;
    uint64_t global_address, control_size, state_size;
    /* The supervisor at hand. */
    enum session_phase phase;
    enum session_kill kill;
    int hook;                         /* enum wire_hook_name; -1: none */
    pid_t hook_pid;                   /* of the process it runs in, as that says */
    uint64_t timers[TIMERS];          /* deadlines; CLOCK_NEVER */
    bool stop_sent;
    /* The run. */
    bool limit_started;
    bool default_limit;               /* nobody said when to end */
    bool said_start;
    bool stop_wanted;
    bool refused;                     /* nothing is to be left behind; exit 2 */
    bool over;
    bool drafted;                     /* `draft`: a finding whose description is under way */
    unsigned deaths_in_hooks;         /* in a row, without an operation in between */
    unsigned n_told;                  /* findings whose reset is known, or never will be */
    uint64_t work_at_death;           /* sum of all operations at the last of the deaths */
    struct wire_finding draft;
    struct wire_finding named;        /* the one at hand */
    struct wire_reset last_reset;
    struct definition declared;       /* as the first supervisor said */
    struct wire_message message;
    char tail[OUTPUT_TAIL];
};

/* The harness failed: the first reason stands, and the supervisor goes. */
void session_fail(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* It is no workload, or was not to be run so: one line, exit 2, nothing left. */
void session_refuse(struct session *session, const char *text);
/* The supervisor shall end; said to it as soon as it listens. */
void session_stop(struct session *session);
void session_kill(struct session *session, enum session_kill why);
void session_close_wire(struct session *session);
/* The start lines and the start event; once. */
void session_say_start(struct session *session);
/* Takes a sample, if it is time or if it is the `last`. */
void session_sample(struct session *session, bool last);

#endif
