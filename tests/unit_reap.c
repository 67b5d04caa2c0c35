/* SPDX-License-Identifier: MIT
 * unit_reap.c: deaths taken in: what goes into the ledger, what is told, what is asked for. The
 * runners are children that just end; what they did the test writes into their slots.
 */
#include "supervisor/reap.h"

#include <errno.h>
#include <signal.h>

#include "actor/child.h"
#include "supervisor/runners.h"
#include "supervisor_fixture.h"
#include "unit.h"

/* Actor 0 performed five operations, from the tenth on, and is in that phase. */
static void performed(pid_t pid, enum layout_phase phase, uint32_t outcome)
{
    s.runners[0].first_operation = 10;
    fixture_alive(0, pid, phase);
    fixture_performed(0, 5);
    fixture_slot(0)->outcome = outcome;
    if (phase == PHASE_LEFT) { /* the last one ended it */
        struct layout_slot *slot = fixture_slot(0);
        slot->operation = 14;
        if (outcome > STRESS_UNCOUNTED) {
            slot->counted = 4;
            memset(&slot->latency, 0, sizeof slot->latency);
            for (int i = 0; i < 4; i++)
                histogram_add(&slot->latency, 1000);
        }
    }
}

static void kill_it(pid_t pid, int signal)
{
    ck_assert_int_eq(kill(pid, signal), 0);
    fixture_ended(pid);
}

static void reap(void)
{
    ck_assert_msg(reap_all(&s, &error) == 0, "%s", error.text);
    ck_assert_uint_eq(s.n_live, 0);
    ck_assert_int_eq(s.runners[0].pid, 0);
    ck_assert_int_eq(fixture_ledger(0)->pid, 0);
}

START_TEST(killed_in_an_operation)
{
    pid_t pid = fixture_process(-1);
    performed(pid, PHASE_PERFORMING, 0);
    fixture_slot(0)->action = 1;
    kill_it(pid, SIGSEGV);
    reap();
    const struct wire_finding *finding = fixture_found(FINDING_CRASH);
    ck_assert_str_eq(finding->title, "writer in get: SIGSEGV");
    ck_assert_str_eq(finding->action, "get");
    ck_assert_uint_eq(finding->operation, 15);
    ck_assert_int_eq(finding->signal, SIGSEGV);
    ck_assert_int_eq(finding->pid, pid);
    const struct layout_ledger *ledger = fixture_ledger(0);
    ck_assert_uint_eq(ledger->counted, 5);
    ck_assert_uint_eq(histogram_total(&ledger->latency), 5);
    ck_assert_uint_eq(ledger->indeterminate, 1);
    ck_assert_uint_eq(ledger->next_operation, 16); /* it is not performed again */
    ck_assert_uint_eq(ledger->cut_operation, 15);
    ck_assert_uint_eq(ledger->cut_action, 1);
    ck_assert_uint_eq(ledger->cut_generation, 1);
    ck_assert_uint_eq(ledger->settled, ledger->starts);
    ck_assert(s.wants_reset);
    ck_assert_int_eq(s.why.cause, STRESS_CAUSE_DEATH);
    ck_assert_int_eq(s.why.actor, 0);
    ck_assert_int_eq(s.state, RUN_RESETTING); /* nobody lives that must stop first */
}
END_TEST

START_TEST(a_failure)
{
    pid_t pid = fixture_process(CHILD_EXIT_LEFT);
    performed(pid, PHASE_LEFT, STRESS_FAIL);
    strcpy(fixture_slot(0)->message, "a row is lost");
    fixture_ended(pid);
    reap();
    ck_assert_str_eq(fixture_found(FINDING_FAILURE)->title, "writer in put: a row is lost");
    ck_assert_uint_eq(fixture_ledger(0)->failed, 1);
    ck_assert_uint_eq(fixture_ledger(0)->counted, 4);
    ck_assert_uint_eq(fixture_ledger(0)->indeterminate, 0);
    ck_assert_uint_eq(fixture_ledger(0)->next_operation, 15);
    ck_assert_int_eq(s.why.cause, STRESS_CAUSE_FAILURE);
}
END_TEST

START_TEST(a_request)
{
    pid_t pid = fixture_process(CHILD_EXIT_LEFT);
    performed(pid, PHASE_LEFT, STRESS_RESET);
    fixture_announce(0);
    fixture_ended(pid);
    reap();
    ck_assert_ptr_null(fixture_told());
    ck_assert_uint_eq(fixture_ledger(0)->resets, 1);
    ck_assert_int_eq(s.why.cause, STRESS_CAUSE_REQUEST);
}
END_TEST

START_TEST(left_when_asked)
{
    pid_t pid = fixture_process(CHILD_EXIT_LEFT);
    performed(pid, PHASE_LEFT, STRESS_OK);
    s.end = WIRE_END_STOPPED;
    run_apply(&s, RUN_EVENT_END);
    ck_assert_int_eq(s.state, RUN_ENDING);
    fixture_ended(pid);
    reap();
    ck_assert_ptr_null(fixture_told());
    ck_assert_int_eq(s.state, RUN_OVER);
    ck_assert(!s.wants_reset);
}
END_TEST

START_TEST(a_break_is_no_finding)
{
    pid_t pid = fixture_process(-1);
    performed(pid, PHASE_PERFORMING, 0);
    fixture_announce(1);
    kill_it(pid, SIGKILL);
    reap();
    ck_assert_ptr_null(fixture_told());
    ck_assert(s.wants_reset);
    ck_assert_uint_eq(fixture_ledger(0)->indeterminate, 1);
    ck_assert_uint_eq(s.runners[0].fruitless, 0);
}
END_TEST

START_TEST(a_slot_without_sense)
{
    pid_t pid = fixture_process(-1);
    performed(pid, PHASE_PERFORMING, 0);
    fixture_slot(0)->counted = 1000;
    kill_it(pid, SIGKILL);
    reap();
    fixture_found(FINDING_CORRUPTION);
    ck_assert_uint_eq(fixture_ledger(0)->corrupted, 1);
    ck_assert_uint_eq(fixture_ledger(0)->counted, 0);
    ck_assert_uint_eq(fixture_ledger(0)->next_operation, 11);
}
END_TEST

START_TEST(out_before_it_did_anything)
{
    pid_t pid = fixture_process(5);
    s.runners[0].first_operation = 10;
    fixture_alive(0, pid, PHASE_STARTING);
    fixture_ended(pid);
    reap();
    const struct wire_finding *finding = fixture_found(FINDING_EXIT);
    ck_assert_int_eq(finding->exit_status, 5);
    ck_assert_uint_eq(finding->operation, UINT64_MAX);
    ck_assert_uint_eq(s.runners[0].fruitless, 1);
    ck_assert_int_eq(s.runners[0].deaths[0].exit_status, 5);
}
END_TEST

START_TEST(it_was_not_set_up)
{
    pid_t pid = fixture_process(CHILD_EXIT_SETUP);
    const struct child_failure failure = { .actor = 0, .step = CHILD_STEP_SANDBOX, .error = EPERM };
    bool said = _i;
    fixture_alive(0, pid, PHASE_ABSENT);
    if (said)
        ck_assert_int_eq(write(fixture_failures, &failure, sizeof failure), sizeof failure);
    close(fixture_failures);
    fixture_ended(pid);
    ck_assert_int_eq(reap_all(&s, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "the runner of actor writer.0"));
    ck_assert_int_eq(strstr(error.text, strerror(EPERM)) != NULL, said);
}
END_TEST

START_TEST(what_it_left_in_its_group)
{
    pid_t pid = fixture_process(0), left = fixture_process(-1);
    int status;
    ck_assert_int_eq(setpgid(left, pid), 0);
    performed(pid, PHASE_LEFT, STRESS_RESET);
    fixture_ended(pid);
    ck_assert_int_eq(reap_all(&s, &error), 0);
    /* What it left in its group is dead. It may be reaped already, as a stranger. */
    ck_assert(waitpid(left, &status, 0) < 0 || WIFSIGNALED(status));
}
END_TEST

START_TEST(strangers_are_reaped)
{
    pid_t stranger = fixture_process(7);
    fixture_ended(stranger);
    ck_assert_int_eq(reap_all(&s, &error), 0);
    ck_assert_int_eq(kill(stranger, 0), -1);
    ck_assert_ptr_null(fixture_told());
    ck_assert_int_eq(s.state, RUN_RUNNING);
}
END_TEST

/* ---- servers ----------------------------------------------------------------------------- */

static pid_t add_server(int status)
{
    pid_t pid = fixture_process(status);
    s.env.servers->n = 1;
    s.env.servers->server[0] = (struct server){ .name = "db", .pid = pid };
    return pid;
}

static void expect_server_event(pid_t pid)
{
    const struct wire_message *message = fixture_told();
    ck_assert_ptr_nonnull(message);
    ck_assert_uint_eq(message->type, WIRE_SERVER);
    ck_assert_uint_eq(message->body.server.event, WIRE_SERVER_DIED);
    ck_assert_int_eq(message->body.server.pid, pid);
    ck_assert_str_eq(message->body.server.name, "db");
}

static const struct {
    int status, signal; /* of the server */
    uint32_t announced; /* UINT32_MAX: nothing */
    const char *title;  /* NULL: it is not a finding */
} server_deaths[] = {
    { 3, 0, UINT32_MAX, "server db exited with status 3" },
    { -1, SIGABRT, UINT32_MAX, "server db died: SIGABRT" },
    { -1, SIGKILL, 1, "server db died: SIGKILL" }, /* an actor was meant */
    { -1, SIGKILL, 0, NULL },                      /* the environment */
    { -1, SIGKILL, 1 + FIXTURE_ACTORS, NULL },     /* this server */
};

START_TEST(a_server_died)
{
    pid_t pid = add_server(server_deaths[_i].status);
    if (server_deaths[_i].announced != UINT32_MAX)
        fixture_announce(server_deaths[_i].announced);
    if (server_deaths[_i].signal)
        kill(pid, server_deaths[_i].signal);
    fixture_ended(pid);
    ck_assert_int_eq(reap_all(&s, &error), 0);
    expect_server_event(pid);
    if (server_deaths[_i].title) {
        const struct wire_finding *finding = fixture_found(FINDING_SERVER_DEATH);
        ck_assert_str_eq(finding->title, server_deaths[_i].title);
        ck_assert_str_eq(finding->server, "db");
        ck_assert_int_eq(finding->signal, server_deaths[_i].signal);
    }
    ck_assert_ptr_null(fixture_told());
    ck_assert_int_eq(s.why.cause, STRESS_CAUSE_SERVER);
    ck_assert_int_eq(s.env.servers->server[0].pid, 0);
    ck_assert_int_eq(control_server(&s.env.control, 0)->pid, 0);
}
END_TEST

/* ---- what a hook took away --------------------------------------------------------------- */

START_TEST(a_hook_waited_for_a_runner)
{
    bool at_boundary = _i;
    pid_t pid = fixture_process(0);
    performed(pid, at_boundary ? PHASE_LEFT : PHASE_PERFORMING, STRESS_FAIL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    s.deaths_unseen = true;
    reap();
    ck_assert_ptr_nonnull(strstr(fixture_found(FINDING_ENVIRONMENT)->title,
                                 "a hook waited for the runner of actor writer.0"));
    if (at_boundary)
        fixture_found(FINDING_FAILURE);
    ck_assert_ptr_null(fixture_told());
    ck_assert(!s.deaths_unseen);
    ck_assert(s.wants_reset);
}
END_TEST

START_TEST(a_hook_waited_for_a_server)
{
    pid_t pid = add_server(0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    s.deaths_unseen = true;
    ck_assert_int_eq(reap_all(&s, &error), 0);
    ck_assert_ptr_nonnull(strstr(fixture_found(FINDING_ENVIRONMENT)->title,
                                 "a hook waited for server db"));
    ck_assert_int_eq(s.env.servers->server[0].pid, 0);
    ck_assert_int_eq(s.why.cause, STRESS_CAUSE_SERVER);
}
END_TEST

/* ---- of a supervisor before this one ----------------------------------------------------- */

START_TEST(what_the_last_supervisor_left)
{
    struct layout_ledger *ledger = fixture_ledger(0);
    bool settled = _i;
    s.pool = 20;
    s.target = 20;
    performed(0, PHASE_PERFORMING, 0);
    ledger->pid = 4711;
    ledger->next_operation = 10;
    ledger->settled = settled ? ledger->starts : 0;
    s.runners[0].forked_ns = 0; /* not known */
    reap_recover(&s, 0);
    ck_assert_int_eq(ledger->pid, 0);
    ck_assert_uint_eq(ledger->counted, settled ? 0 : 5);
    ck_assert_uint_eq(ledger->next_operation, settled ? 10 : 16);
    ck_assert_uint_eq(s.pool, settled ? 20 : 15);
}
END_TEST

Suite *reap_suite(void)
{
    Suite *suite = suite_create("reap");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, fixture_supervisor, NULL);
    tcase_add_test(all, killed_in_an_operation);
    tcase_add_test(all, a_failure);
    tcase_add_test(all, a_request);
    tcase_add_test(all, left_when_asked);
    tcase_add_test(all, a_break_is_no_finding);
    tcase_add_test(all, a_slot_without_sense);
    tcase_add_test(all, out_before_it_did_anything);
    tcase_add_loop_test(all, it_was_not_set_up, 0, 2);
    tcase_add_test(all, what_it_left_in_its_group);
    tcase_add_test(all, strangers_are_reaped);
    tcase_add_loop_test(all, a_server_died, 0, sizeof server_deaths / sizeof *server_deaths);
    tcase_add_loop_test(all, a_hook_waited_for_a_runner, 0, 2);
    tcase_add_test(all, a_hook_waited_for_a_server);
    tcase_add_loop_test(all, what_the_last_supervisor_left, 0, 2);
    suite_add_tcase(suite, all);
    return suite;
}
