/* SPDX-License-Identifier: MIT
 * supervisor.h: the supervisor process: one struct that its files share, and who does what.
 *
 *   supervisor.c  stress_main(): handshake with the monitor, setup, the loop, the end
 *   loop.c        the one place that waits; dispatches to the others and does nothing else
 *   spawn.c       the one place that forks
 *   reap.c        the one place that reaps; writes what is certain into the ledgers
 *   verdict.c     policy: what a death or an outcome means (no system calls)
 *   runners.c     the runner table: start, stop, kill, deadlines, backoff
 *   tickets.c     exact target_operations
 *   serial.c      one operation at a time
 *   serial_list.c ... in the order of a list
 *   episode.c     one supervisor after the other, without loading the workload again
 *   injection.c   what faults that were put in mean for the run
 *   reset.c       the reset, and the end, once all runners are gone
 *   outbox.c      messages to the monitor that can wait a little
 *   hooks.c       runs a hook of the environment
 *   finding.c     tells the monitor
 *   stack.c       has stacks read
 *   server.c      servers under test
 *   port.c        ports for them
 *   lifecycle.c   the state tables
 *
 * Functions return 0, or -1 with `error`: then the harness itself failed and the run ends.
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

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
    const enum run_state state;       /* supervisor_apply() changes it */
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

/* supervisor.c */
void supervisor_apply(struct supervisor *s, enum run_event event);
/* If no runner lives: what the run waits for has come. */
void supervisor_quiet(struct supervisor *s);
uint64_t supervisor_generation(const struct supervisor *s);

/* loop.c: waits and dispatches until the run is over. */
int loop_open(struct supervisor *s, struct error *error);
int loop_run(struct supervisor *s, struct error *error);

/* outbox.c: messages to the monitor that can wait until the runners are forked: waking it earlier
 * would keep them from the processor. Order is kept. Flushed before user code runs, when nothing
 * happened for OUTBOX_WAIT_MS, and when it is full. */
int outbox_put(struct supervisor *s, enum wire_type type, const void *body, size_t size,
               struct error *error);
int outbox_flush(struct supervisor *s, struct error *error);

/* spawn.c */
/* Forks the runner of an actor. */
int spawn_runner(struct supervisor *s, uint32_t actor, struct error *error);
struct spawn_command {
    const char *const *argv;
    const char *directory; /* NULL: this one */
    char *const *environment; /* NULL: that of the supervisor */
    int output;            /* stdout and stderr; -1: those of the supervisor */
    const struct inject_plan *inject; /* NULL: it is not injected */
    struct enter_hello *hello;        /* then */
    pid_t reader;                     /* who must be declared to read its memory; 0: nobody */
};
/* Forks and executes a command in a process group of its own that dies with the supervisor. Returns
 * its pid, or -1 with errno: of the fork or of the exec. */
pid_t spawn_command(const struct spawn_command *command);

/* reap.c: takes in every death there is. */
int reap_all(struct supervisor *s, struct error *error);
/* Settles the slot of a runner that died with an earlier supervisor. */
void reap_recover(struct supervisor *s, uint32_t actor);
/* How many processes the machine's OOM killer has killed so far. */
uint64_t reap_oom_kills(void);

/* runners.c */
int runners_start(struct supervisor *s, struct error *error);
/* Forks its runner, or tries that again soon where there is no room for a process now. */
int runner_fork(struct supervisor *s, uint32_t actor, struct error *error);
void runners_stop(struct supervisor *s);
/* Those that a saboteur may have stopped, so that they come to their boundary. */
void runners_continue(struct supervisor *s);
void runner_apply(struct runner *runner, enum runner_event event);
void runner_kill(struct supervisor *s, uint32_t actor);
/* Bounds that the slot of a live or just dead runner is checked against. */
void runner_bounds(const struct supervisor *s, uint32_t actor, struct slot_bounds *ret);
/* After a failure, with nothing done before it in this incarnation: give up at last. */
int runner_fail(struct supervisor *s, uint32_t actor, struct error *error);
/* After a death without a finished operation: wait, or give up. */
int runner_punish(struct supervisor *s, uint32_t actor, const struct wire_death *death,
                  struct error *error);
/* Deadlines that are past: hangs, missed boundaries, backoffs that are over. */
int runners_expire(struct supervisor *s, uint64_t now, struct error *error);
uint64_t runners_deadline(const struct supervisor *s);
/* Stacks that were asked for are there. */
int runners_examined(struct supervisor *s, struct error *error);

/* stack.c */
int stack_open(struct supervisor *s, struct error *error);
/* Has the stack of a live child read; the answer comes later, or never. 0, or -1. */
int stack_ask(const struct supervisor *s, pid_t pid);
/* Whose stack was read; 0: no (more) answer is there. */
pid_t stack_answer(const struct supervisor *s);

/* tickets.c */
void tickets_open(struct supervisor *s);
/* Before the fork of an actor's runner; in its slot. */
void tickets_grant_first(struct supervisor *s, uint32_t actor);
/* A dead runner's: what it did not use for a counted operation goes back. */
void tickets_settle(struct supervisor *s, uint32_t actor, uint64_t counted);
/* Gives tickets to those who wait; ends the run when all are used. */
void tickets_serve(struct supervisor *s);

/* episode.c: for who runs a workload many times. */
/* Goes on in a child, which is the supervisor of one episode; then in another one, as long as the
 * last one said episode_wants_another(). Their parent never returns: it ends as its last child. */
int episode_begin(struct supervisor *s, struct error *error);
void episode_wants_another(struct supervisor *s);
/* Of the last episode nothing is to be left in the control memory. */
void episode_clear_control(struct stress_env *env);

/* serial.c: --schedule=serial. Only one runner has a ticket; when it is done the next one is drawn
 * from the seed. */
int serial_open(struct supervisor *s, struct error *error);
void serial_close(struct supervisor *s);
/* Gives the next ticket, if nobody has one or the one who has it takes too long. */
void serial_serve(struct supervisor *s);
uint64_t serial_deadline(const struct supervisor *s);
/* Gives an actor its ticket. */
void serial_give(struct supervisor *s, uint32_t actor, uint64_t entry);
bool serial_is_ready(const struct supervisor *s, uint32_t actor);
bool serial_all_ready(const struct supervisor *s);

/* serial_list.c: a replay. Gives the next ticket, asks for a reset, or ends the run, as the list
 * says; false: it is too early for that. */
bool serial_list_next(struct supervisor *s);

/* injection.c */
int injection_open(struct supervisor *s, int share, int socket, struct error *error);
/* A fault was put into the operation that this runner (not yet forked anew) was in last; it was
 * killed by one. */
bool injection_faulted(const struct supervisor *s, uint32_t actor, uint64_t operation);
bool injection_killed(const struct supervisor *s, uint32_t actor);
/* Remembers that what went wrong in this generation was injected. */
void injection_note(struct supervisor *s);
bool injection_noted(const struct supervisor *s);
/* Is the run over, since a fault was put in, or something found, and the environment is reset? */
bool injection_ends_run(const struct supervisor *s);
/* Before the reset hook: the supervisor itself becomes a target, if a rule says so. */
int injection_enter_hook(struct supervisor *s, struct error *error);
/* Was what the hook started killed by a fault, since this was asked last? */
bool injection_killed_hook(struct supervisor *s);

/* reset.c */
/* Asks for a reset; the first reason of a generation counts. */
void reset_want(struct supervisor *s, enum stress_cause cause, int actor);
/* All runners are gone: reset, check, next generation. */
int reset_perform(struct supervisor *s, struct error *error);
/* The last hooks. */
int reset_finish(struct supervisor *s, struct error *error);
/* Did a saboteur announce a break of this target in this generation? `target`: index into the
 * breaks (memory/layout.h); 0 the environment. */
bool reset_announced(const struct supervisor *s, uint32_t target);

/* hooks.c: tells the monitor, runs it, tells the monitor. What the hook failed with is in
 * env.failure. NULL hooks are STRESS_ENV_OK. */
enum stress_env_result hooks_setup(struct supervisor *s);
enum stress_env_result hooks_reset(struct supervisor *s);
enum stress_env_result hooks_check(struct supervisor *s);
enum stress_env_result hooks_teardown(struct supervisor *s);
bool hooks_describe_is_due(const struct supervisor *s); /* not yet asked in this generation */
void hooks_describe(struct supervisor *s);

/* finding.c */
/* Fills in generation, description and the last operations of all actors, and sends it. */
int finding_send(struct supervisor *s, struct wire_finding *finding, struct error *error);
/* "writer in put: SIGSEGV". */
void finding_title(struct wire_finding *finding, const char *type, const char *where,
                   const char *what);
/* A finding of the environment itself: kind, one line. */
int finding_environment(struct supervisor *s, enum wire_finding_kind kind, struct error *error,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* stress_main()'s work; the exit status of the process. */
int supervisor_main(const struct stress_workload *workload, int argc, char **argv, int wire,
                    int output, int injector, int tracer);

#endif
