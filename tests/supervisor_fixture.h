/* SPDX-License-Identifier: MIT
 * supervisor_fixture.h: a supervisor without processes, for the tests of src/supervisor: control
 * memory for a few writers (actions put and get) and a saboteur "killer", and the monitor's end of
 * its socket. A test plays the runners: it writes their slots.
 */
#ifndef TESTS_SUPERVISOR_FIXTURE_H
#define TESTS_SUPERVISOR_FIXTURE_H

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "record_fixture.h"
#include "supervisor/lifecycle.h"
#include "supervisor/outbox.h"
#include "supervisor/run.h"
#include "supervisor/server_table.h"
#include "supervisor/state.h"

enum { FIXTURE_WRITERS = 3, FIXTURE_KILLER = FIXTURE_WRITERS, FIXTURE_ACTORS };

static struct supervisor s;
static int fixture_monitor, fixture_failures; /* its end of the socket; of the runners' pipe */
static struct wire_message fixture_message;
static struct error error;

static inline void fixture_control(void)
{
    static struct record record;
    fixture_record(&record, FIXTURE_WRITERS);
    s.env.definition = record.definition;
    s.env.control = record.control;
}

/* It runs; no runner lives. */
static inline void fixture_supervisor(void)
{
    int ends[2], failures[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(pipe(failures), 0);
    ck_assert_int_eq(wire_prepare(ends[0], &error), 0);
    free(s.runners); /* of a supervisor before this one */
    free(s.env.servers);
    memset((void *)&s, 0, sizeof s);
    fixture_control();
    fixture_monitor = ends[1];
    fixture_failures = failures[1];
    s.wire = ends[0];
    s.output = s.injector = s.tracer = s.stack_answers = s.stack_reply = -1;
    s.failure_pipe = failures[0];
    s.child.supervisor = getpid();
    s.n_actors = FIXTURE_ACTORS;
    s.runners = calloc(s.n_actors, sizeof *s.runners);
    s.env.declared.environment.name = "store";
    s.env.servers = calloc(1, sizeof *s.env.servers);
    s.env.servers->tracer = -1;
    s.env.config.slowness = 1;
    s.env.config.op_timeout_ns = s.env.config.reset_timeout_ns = CLOCK_SECOND;
    s.stop_deadline_ns = s.hang_check_ns = s.held_check_ns = s.exam_check_ns = CLOCK_NEVER;
    s.kill_check_ns = s.late_check_ns = CLOCK_NEVER;
    error = (struct error){ 0 };
    run_apply(&s, RUN_EVENT_START);
    ck_assert_int_eq(s.state, RUN_RUNNING);
}

static inline struct layout_slot *fixture_slot(uint32_t actor)
{
    return control_slot(&s.env.control, actor);
}

static inline struct layout_ledger *fixture_ledger(uint32_t actor)
{
    return control_ledger(&s.env.control, actor);
}

/* Its runner, which is process `pid`, is in that phase; its clock is right. */
static inline void fixture_alive(uint32_t actor, pid_t pid, enum layout_phase phase)
{
    struct runner *runner = &s.runners[actor];
    runner->pid = pid;
    runner->forked_ns = clock_now() - CLOCK_SECOND;
    runner_apply(runner, RUNNER_EVENT_FORK);
    s.n_live++;
    fixture_ledger(actor)->pid = pid;
    fixture_ledger(actor)->starts++;
    fixture_slot(actor)->phase = phase;
    fixture_slot(actor)->since_ns = runner->forked_ns + 1;
}

/* The operations that it has performed, all counted; the next one is in flight or waited for. */
static inline void fixture_performed(uint32_t actor, uint64_t n)
{
    struct layout_slot *slot = fixture_slot(actor);
    for (uint64_t i = slot->counted; i < n; i++)
        histogram_add(&slot->latency, 1000);
    slot->counted = slot->ended = n;
    slot->operation = s.runners[actor].first_operation + n;
}

/* A process, in a group of its own, that ends with that status; -1: it waits to be killed. */
static inline pid_t fixture_process(int status)
{
    signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would make an exit of it */
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (status < 0)
            pause();
        _exit(status);
    }
    setpgid(pid, pid);
    return pid;
}

/* It has ended, and can be reaped. */
static inline void fixture_ended(pid_t pid)
{
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

/* The next message to the monitor; NULL: there is none. */
static inline const struct wire_message *fixture_told(void)
{
    ck_assert_int_eq(outbox_flush(&s, &error), 0);
    return wire_receive(fixture_monitor, false, &fixture_message, &error) == 1 ? &fixture_message
                                                                              : NULL;
}

static inline const struct wire_finding *fixture_found(enum wire_finding_kind kind)
{
    const struct wire_message *message = fixture_told();
    ck_assert_ptr_nonnull(message);
    ck_assert_uint_eq(message->type, WIRE_FINDING);
    ck_assert_uint_eq(message->body.finding.kind, kind);
    return &message->body.finding;
}

/* The actor, or server, is what a saboteur breaks in this generation. */
static inline void fixture_announce(uint32_t target)
{
    control_breaks(&s.env.control)[target] = supervisor_generation(&s) + 1;
}

#endif
