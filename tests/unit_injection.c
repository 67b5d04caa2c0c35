/* SPDX-License-Identifier: MIT
 * unit_injection.c: what faults announce: a reset that an actor asks for after a kill or after an
 * error of a server is not a finding, also before the victim is reaped.
 */
#include "supervisor/injection.h"
#include "supervisor/server.h"
#include "supervisor_fixture.h"
#include "unit.h"

static struct share *share;

static void fixture_injection(void)
{
    fixture_supervisor();
    share = calloc(1, sizeof *share);
    s.inject.share = share;
    s.env.inject = &s.inject;
}

START_TEST(a_noted_fault_announces_in_its_generation)
{
    ck_assert(!injection_noted(&s));
    injection_note(&s);
    ck_assert(injection_noted(&s));
    atomic_fetch_add(&s.env.control.header->generation, 1);
    ck_assert(!injection_noted(&s));
}
END_TEST

START_TEST(a_kill_announces_until_its_victim_is_reaped)
{
    fixture_alive(1, 4711, PHASE_PERFORMING);
    ck_assert(!injection_noted(&s));
    share->victims[1].killed = fixture_ledger(1)->starts;
    ck_assert(injection_noted(&s));
    runner_apply(&s.runners[1], RUNNER_EVENT_REAP); /* noted then, for this generation */
    ck_assert(!injection_noted(&s));
}
END_TEST

START_TEST(a_fault_of_a_server_announces_until_the_reset)
{
    s.env.servers->n = 2;
    ck_assert(!injection_noted(&s));
    share->server_faults[1] = 3;
    ck_assert(injection_noted(&s));
    ck_assert(server_was_faulted(&s.env, 1) && !server_was_faulted(&s.env, 0));
    server_forget_faults(&s.env);
    ck_assert(!injection_noted(&s) && !server_was_faulted(&s.env, 1));
    share->server_faults[1]++;
    ck_assert(server_was_faulted(&s.env, 1));
}
END_TEST

Suite *injection_suite(void)
{
    Suite *suite = suite_create("injection");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, fixture_injection, NULL);
    tcase_add_test(all, a_noted_fault_announces_in_its_generation);
    tcase_add_test(all, a_kill_announces_until_its_victim_is_reaped);
    tcase_add_test(all, a_fault_of_a_server_announces_until_the_reset);
    suite_add_tcase(suite, all);
    return suite;
}
