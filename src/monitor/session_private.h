/* SPDX-License-Identifier: MIT
 * session_private.h: what the files of the session share.
 *   session.c           the loop: the one place in the monitor that waits; signals and deadlines
 *   session_start.c     how a supervisor and its memory come to be
 *   session_messages.c  what the supervisor says
 *   session_finding.c   what is made of a finding
 *   session_death.c     what the death of a supervisor means
 *   session_end.c       from the last death to the report
 *   session_replay.c    operations in the order of a replay file
 *   session_episode.c   the same workload anew, for who runs it many times
 *   session_injection.c rules of injection, and what became of them
 */
#ifndef MONITOR_SESSION_PRIVATE_H
#define MONITOR_SESSION_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "monitor/metrics.h"
#include "monitor/options.h"
#include "monitor/output.h"
#include "monitor/progress.h"
#include "monitor/record.h"
#include "monitor/rundir.h"
#include "monitor/samples.h"
#include "monitor/session.h"
#include "monitor/stacks.h"
#include "monitor/subject.h"
#include "monitor/warden.h"

enum { SESSION_EXIT_USAGE = 2, SESSION_EXIT_HARNESS = 3 };
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

/* session_start.c: 0, or -1 with one line for the user. */
int session_open(struct session *session, struct error *error);
int session_spawn(struct session *session, struct error *error);
int session_send_global(struct session *session, struct error *error);
/* On COUNTS: makes control and actor state, the first time; then sends them. */
int session_send_memory(struct session *session, struct error *error);
/* Takes away what session_open() made in the file system. */
void session_discard(struct session *session);

/* session_episode.c */
/* Takes EPISODE: the end, or another one. */
void session_episode(struct session *session, const struct wire_message *message);
void session_result(const struct session *session, struct session_result *ret);

/* session_injection.c */
/* On the first DEFINITION: checks the rules against it and makes the memory. -1: one that can never
 * match, or the like: wrong usage. */
int session_injection_open(struct session *session, struct error *error);
/* Writes down the faults that were put in since last time. */
void session_injection_note(struct session *session);
/* Was the supervisor that just died killed by a fault, in its hook? */
bool session_injection_killed(struct session *session);

/* session_replay.c */
/* On the first DEFINITION, and when the numbers of actors are known: -1: the file names what is not
 * there: wrong usage. */
int session_replay_check(const struct session *session, bool counts, struct error *error);
/* Puts the operations into the fresh control memory. */
int session_replay_fill(const struct session *session, const struct layout_plan *plan,
                        struct error *error);
enum wire_schedule session_replay_schedule(const struct session *session);
/* Says which operations did not end in time, at the end. */
void session_replay_say(struct session *session);
void session_replay_result(const struct session *session, struct session_result *ret);

/* session_messages.c */
/* Takes in what is there, at most some; `all`: until nothing is. */
void session_hear(struct session *session, bool all);

/* session_finding.c */
/* Puts a finding into the record, the run directory and on the screen. */
void session_finding(struct session *session, const struct wire_finding *finding);
void session_publish(struct session *session, struct record_finding *finding);
/* The reset that followed the last findings is over. */
void session_finding_reset(struct session *session, const struct wire_generation *generation);

/* session_death.c */
void session_death(struct session *session, const struct warden_death *death);
/* "SIGSEGV", or "signal 42". */
const char *session_signal_text(int signal, char *buffer, size_t size);

/* session_end.c */
int session_finish(struct session *session);

/* session.c */
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

#endif
