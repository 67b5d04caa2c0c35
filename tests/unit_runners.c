/* SPDX-License-Identifier: MIT
 * unit_runners.c: who is given up, who hangs, who must go, and what does not die. Where a runner is
 * to be killed it is a child that waits for that.
 */
#include "supervisor/runners.h"

#include <signal.h>

#include "actor/child.h"
#include "supervisor_fixture.h"
#include "trace/trace.h"
#include "unit.h"

/* ---- deaths and failures in a row -------------------------------------------------------- */

static void die_once(int signal)
{
    const struct wire_death death = { .signal = signal };
    struct runner *runner = &s.runners[0];
    if (runner->state == RUNNER_HELD || runner->state == RUNNER_ABSENT)
        runner_apply(runner, RUNNER_EVENT_FORK);
    runner_apply(runner, RUNNER_EVENT_REAP);
    ck_assert_int_eq(runner_punish(&s, 0, &death, &error), 0);
}

START_TEST(deaths_cost_more_and_more)
{
    uint64_t last = 0;
    for (int i = 0; i < RUNNER_MAX_FRUITLESS - 1; i++) {
        die_once(SIGSEGV);
        ck_assert_int_eq(s.runners[0].state,
                         i < RUNNER_FREE_DEATHS ? RUNNER_ABSENT : RUNNER_HELD);
        if (i < RUNNER_FREE_DEATHS)
            continue;
        uint64_t until = s.runners[0].held_until_ns, now = clock_now();
        ck_assert_uint_gt(until, last); /* later each time, */
        ck_assert_uint_le(until, now + CLOCK_SECOND); /* but not for long */
        last = until;
    }
    ck_assert_ptr_null(fixture_told());
}
END_TEST

START_TEST(an_actor_that_only_dies_is_given_up)
{
    for (int i = 0; i < RUNNER_MAX_FRUITLESS; i++)
        die_once(i + 1);
    const struct wire_message *message = fixture_told();
    ck_assert_ptr_nonnull(message);
    ck_assert_uint_eq(message->type, WIRE_RETIRED);
    const struct wire_retired *retired = &message->body.retired;
    ck_assert_int_eq(retired->actor, 0);
    ck_assert_uint_eq(retired->fruitless, RUNNER_MAX_FRUITLESS);
    ck_assert_uint_eq(retired->n_deaths, RUNNER_MAX_FRUITLESS);
    ck_assert_int_eq(retired->deaths[0].signal, 1);
    ck_assert_int_eq(retired->deaths[RUNNER_MAX_FRUITLESS - 1].signal, RUNNER_MAX_FRUITLESS);
    ck_assert_uint_eq(fixture_ledger(0)->retired, 1);
    ck_assert_int_eq(s.runners[0].state, RUNNER_RETIRED);
}
END_TEST

START_TEST(an_actor_that_only_fails_is_given_up)
{
    for (int i = 1; i < RUNNER_MAX_FAILURES; i++)
        ck_assert_int_eq(runner_fail(&s, 0, &error), 0);
    ck_assert_ptr_null(fixture_told());
    ck_assert_int_eq(runner_fail(&s, 0, &error), 0);
    ck_assert_uint_eq(fixture_told()->type, WIRE_RETIRED);
    ck_assert_int_eq(s.runners[0].state, RUNNER_RETIRED);
}
END_TEST

START_TEST(saboteurs_alone_are_no_run)
{
    bool listed = _i; /* then who is left is the list's business */
    for (uint32_t i = 0; i < FIXTURE_WRITERS; i++)
        runner_apply(&s.runners[i], RUNNER_EVENT_RETIRE);
    runner_apply(&s.runners[FIXTURE_KILLER], RUNNER_EVENT_HOLD);
    s.runners[FIXTURE_KILLER].held_until_ns = CLOCK_NEVER;
    s.env.config.serial = listed ? WIRE_LISTED : WIRE_FREE;
    ck_assert_int_eq(runners_start(&s, &error), 0);
    ck_assert_int_eq(s.state, listed ? RUN_RUNNING : RUN_OVER);
    if (!listed)
        ck_assert_int_eq(s.end, WIRE_END_NO_ACTORS);
}
END_TEST

/* ---- hangs ------------------------------------------------------------------------------- */

/* An operation that began two time limits ago. */
static pid_t hang(void)
{
    pid_t pid = fixture_process(-1);
    fixture_alive(0, pid, PHASE_PERFORMING);
    s.runners[0].forked_ns -= 3 * CLOCK_SECOND;
    fixture_slot(0)->since_ns = clock_now() - 2 * CLOCK_SECOND;
    s.hang_check_ns = 0;
    return pid;
}

static void expire(void)
{
    ck_assert_msg(runners_expire(&s, clock_now(), &error) == 0, "%s", error.text);
}

static void look_twice(void)
{
    expire();
    ck_assert_int_eq(s.runners[0].state, RUNNER_ALIVE); /* the machine may have stood still */
    s.hang_check_ns = 0;
    expire();
}

static void expect_killed(pid_t pid)
{
    int status;
    ck_assert_int_eq(s.runners[0].state, RUNNER_KILLED);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert_uint_ne(s.kill_check_ns, CLOCK_NEVER);
}

START_TEST(an_operation_hangs)
{
    pid_t pid = hang();
    fixture_slot(0)->action = 1;
    look_twice();
    const struct wire_finding *finding = fixture_found(FINDING_HANG);
    ck_assert_str_eq(finding->title, "writer in get: hangs: still running after 1 s");
    ck_assert_str_eq(finding->action, "get");
    ck_assert_uint_eq(finding->operation, 0);
    ck_assert_int_eq(finding->pid, pid);
    ck_assert(s.runners[0].hung);
    expect_killed(pid);
}
END_TEST

START_TEST(another_operation_by_then)
{
    pid_t pid = hang();
    expire();
    fixture_performed(0, 1);
    s.hang_check_ns = 0;
    expire();
    ck_assert_int_eq(s.runners[0].state, RUNNER_ALIVE);
    ck_assert_uint_gt(s.hang_check_ns, clock_now());
    kill(pid, SIGKILL);
}
END_TEST

START_TEST(a_stopped_one_does_not_hang)
{
    pid_t pid = hang();
    fixture_announce(1);
    look_twice();
    ck_assert_ptr_null(fixture_told());
    expect_killed(pid);
}
END_TEST

static const struct {
    enum layout_phase phase;
    uint32_t tickets, delay_ms, timeout_ms;
    uint32_t crashed; /* its signal: it waits for its stack to be read */
    bool hangs;
} phases[] = {
    { PHASE_STARTING, 0, 0, 0, 0, true },
    { PHASE_STOPPING, 0, 0, 0, 0, true },
    { PHASE_WAITING, 0, 0, 0, 0, false }, /* it is our turn */
    { PHASE_WAITING, 1, 0, 0, 0, true },
    { PHASE_BETWEEN, 0, 0, 0, 0, true },
    { PHASE_BETWEEN, 0, 3600000, 0, 0, false },
    { PHASE_PERFORMING, 0, 0, 3600000, 0, false }, /* its own time is longer than that of the run */
    { PHASE_PERFORMING, 0, 0, 1, 0, true },
    { PHASE_PERFORMING, 0, 0, 0, SIGSEGV, false },
};

START_TEST(in_each_phase)
{
    pid_t pid = hang();
    fixture_slot(0)->phase = phases[_i].phase;
    fixture_slot(0)->tickets = phases[_i].tickets;
    fixture_slot(0)->crash.signal = phases[_i].crashed;
    s.env.definition.types[0].delay_most_ms = phases[_i].delay_ms;
    s.env.definition.types[0].timeout_ms = phases[_i].timeout_ms;
    s.env.config.hold_ms = 60000;
    look_twice();
    if (phases[_i].hangs) {
        expect_killed(pid);
        return;
    }
    ck_assert_int_eq(s.runners[0].state, RUNNER_ALIVE);
    ck_assert_ptr_null(fixture_told());
    kill(pid, SIGKILL);
}
END_TEST

START_TEST(a_clock_that_lies)
{
    pid_t pid = hang();
    fixture_slot(0)->since_ns = _i ? UINT64_MAX : 1;
    look_twice();
    expect_killed(pid);
}
END_TEST

/* ---- the stack first --------------------------------------------------------------------- */

static int tracer; /* its end */

static void open_tracer(void)
{
    int requests[2], answers[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, requests), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, answers), 0);
    s.tracer = requests[0];
    tracer = requests[1];
    s.stack_answers = answers[0];
    s.stack_reply = answers[1];
    s.env.config.hold_ms = 60000;
}

static void expect_request(pid_t pid)
{
    struct trace_request request;
    ck_assert_int_eq(recv(tracer, &request, sizeof request, MSG_DONTWAIT), sizeof request);
    ck_assert_uint_eq(request.kind, TRACE_HANG);
    ck_assert_int_eq(request.pid, pid);
    ck_assert_int_eq(s.runners[0].exam, EXAM_HANG);
    ck_assert_int_eq(s.runners[0].state, RUNNER_ALIVE);
    ck_assert_ptr_null(fixture_told());
}

START_TEST(it_is_killed_when_its_stack_was_read)
{
    open_tracer();
    int32_t pid = hang(), stranger = pid + 1;
    look_twice();
    expect_request(pid);
    ck_assert_int_eq(send(s.stack_reply, &stranger, sizeof stranger, 0), sizeof stranger);
    ck_assert_int_eq(runners_examined(&s, &error), 0);
    ck_assert_int_eq(s.runners[0].state, RUNNER_ALIVE);
    ck_assert_int_eq(send(s.stack_reply, &pid, sizeof pid, 0), sizeof pid);
    ck_assert_int_eq(runners_examined(&s, &error), 0);
    fixture_found(FINDING_HANG);
    expect_killed(pid);
}
END_TEST

START_TEST(it_is_killed_without_its_stack)
{
    open_tracer();
    pid_t pid = hang();
    look_twice();
    expect_request(pid);
    ck_assert_uint_le(runners_deadline(&s), s.runners[0].exam_deadline_ns);
    s.exam_check_ns = 0;
    expire(); /* too early: the deadline is kept */
    ck_assert_uint_eq(s.exam_check_ns, s.runners[0].exam_deadline_ns);
    s.exam_check_ns = s.runners[0].exam_deadline_ns = 0;
    expire();
    fixture_found(FINDING_HANG);
    expect_killed(pid);
}
END_TEST

/* ---- the boundary ------------------------------------------------------------------------ */

START_TEST(late_at_its_boundary)
{
    pid_t pid = fixture_process(-1);
    fixture_alive(0, pid, PHASE_PERFORMING);
    run_want_reset(&s, STRESS_CAUSE_REQUEST, -1);
    ck_assert_int_eq(s.state, RUN_STOPPING);
    ck_assert_int_eq(s.runners[0].state, RUNNER_LEAVING);
    ck_assert_uint_eq(s.env.control.header->stop, 1);
    s.stop_deadline_ns = 0;
    expire();
    ck_assert_ptr_nonnull(strstr(fixture_found(FINDING_HANG)->title,
                                 "writer in put: hangs: did not stop within 1 s"));
    ck_assert(!s.runners[0].hung);
    expect_killed(pid);
    ck_assert_uint_eq(s.stop_deadline_ns, CLOCK_NEVER);
}
END_TEST

START_TEST(what_does_not_die)
{
    fixture_alive(1, 0, PHASE_PERFORMING);
    runner_apply(&s.runners[1], RUNNER_EVENT_KILL);
    s.runners[1].death_deadline_ns = CLOCK_NEVER - 1;
    s.kill_check_ns = 0;
    expire(); /* too early */
    ck_assert_uint_eq(s.kill_check_ns, CLOCK_NEVER - 1);
    s.runners[1].death_deadline_ns = s.kill_check_ns = 0;
    ck_assert_int_eq(runners_expire(&s, clock_now(), &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot kill actor writer.1"));
}
END_TEST

START_TEST(the_next_deadline)
{
    s.stop_deadline_ns = 50;
    s.exam_check_ns = 60;
    s.kill_check_ns = 70;
    s.hang_check_ns = 40;
    s.held_check_ns = 30;
    s.late_check_ns = 20;
    ck_assert_uint_eq(runners_deadline(&s), 20);
    s.late_check_ns = CLOCK_NEVER;
    ck_assert_uint_eq(runners_deadline(&s), 30);
    s.held_check_ns = CLOCK_NEVER;
    ck_assert_uint_eq(runners_deadline(&s), 40);
    run_apply(&s, RUN_EVENT_RESET); /* what hangs is found by the other deadlines */
    s.stop_deadline_ns = 50;
    ck_assert_uint_eq(runners_deadline(&s), 50);
    s.stop_deadline_ns = CLOCK_NEVER;
    ck_assert_uint_eq(runners_deadline(&s), 60);
    s.exam_check_ns = CLOCK_NEVER;
    ck_assert_uint_eq(runners_deadline(&s), 70);
}
END_TEST

/* ---- a fork ------------------------------------------------------------------------------ */

/* What it is forked for fails: it has no output, so it ends, and says at which step. */
START_TEST(a_runner_is_forked)
{
    struct child_failure failure;
    struct layout_ledger *ledger = fixture_ledger(2);
    s.env.declared.types[0].name = "writer";
    s.env.declared.types[1].name = "killer";
    s.target = s.pool = 1600;
    ledger->next_operation = 7;
    fixture_slot(2)->counted = 99; /* of the one before it */
    s.child.failure_pipe = fixture_failures;
    s.child.supervisor = 1; /* not its parent */
    ck_assert_int_eq(runner_fork(&s, 2, &error), 0);
    ck_assert_int_eq(s.runners[2].state, RUNNER_ALIVE);
    ck_assert_uint_eq(s.n_live, 1);
    ck_assert_uint_eq(ledger->starts, 1);
    ck_assert_int_eq(ledger->pid, s.runners[2].pid);
    ck_assert_uint_eq(s.runners[2].first_operation, 7);
    ck_assert_uint_eq(ledger->logged_first, 7);
    ck_assert_uint_eq(s.runners[2].granted, 100);
    ck_assert_uint_eq(fixture_slot(2)->counted, 0);
    int status;
    ck_assert_int_eq(waitpid(s.runners[2].pid, &status, 0), s.runners[2].pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == CHILD_EXIT_SETUP);
    ck_assert_int_eq(read(s.failure_pipe, &failure, sizeof failure), sizeof failure);
    ck_assert_uint_eq(failure.actor, 2);
    ck_assert_uint_eq(failure.step, CHILD_STEP_PARENT);
}
END_TEST

Suite *runners_suite(void)
{
    Suite *suite = suite_create("runners");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, fixture_supervisor, NULL);
    tcase_add_test(all, deaths_cost_more_and_more);
    tcase_add_test(all, an_actor_that_only_dies_is_given_up);
    tcase_add_test(all, an_actor_that_only_fails_is_given_up);
    tcase_add_loop_test(all, saboteurs_alone_are_no_run, 0, 2);
    tcase_add_test(all, an_operation_hangs);
    tcase_add_test(all, another_operation_by_then);
    tcase_add_test(all, a_stopped_one_does_not_hang);
    tcase_add_loop_test(all, in_each_phase, 0, sizeof phases / sizeof *phases);
    tcase_add_loop_test(all, a_clock_that_lies, 0, 2);
    tcase_add_test(all, it_is_killed_when_its_stack_was_read);
    tcase_add_test(all, it_is_killed_without_its_stack);
    tcase_add_test(all, late_at_its_boundary);
    tcase_add_test(all, what_does_not_die);
    tcase_add_test(all, the_next_deadline);
    tcase_add_test(all, a_runner_is_forked);
    suite_add_tcase(suite, all);
    return suite;
}
