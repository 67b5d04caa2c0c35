/* SPDX-License-Identifier: MIT
 * unit_lifecycle.c: the state tables against the rules that they implement.
 */
#include <check.h>

#include "supervisor/lifecycle.h"
#include "unit.h"

/* Every change that may happen. Everything else must leave the state as it is. */
static const struct {
    enum run_state from;
    enum run_event event;
    enum run_state to;
} run_changes[] = {
    { RUN_RESETTING, RUN_EVENT_START, RUN_RUNNING }, { RUN_RESETTING, RUN_EVENT_END, RUN_OVER },
    { RUN_RUNNING, RUN_EVENT_RESET, RUN_STOPPING },  { RUN_RUNNING, RUN_EVENT_END, RUN_ENDING },
    { RUN_STOPPING, RUN_EVENT_END, RUN_ENDING },
    { RUN_STOPPING, RUN_EVENT_QUIET, RUN_RESETTING },
    { RUN_ENDING, RUN_EVENT_QUIET, RUN_OVER },       { RUN_ENDING, RUN_EVENT_SHORT, RUN_RESETTING },
};

START_TEST(run_table)
{
    for (int state = 0; state < RUN_STATES; state++)
        for (int event = 0; event < RUN_EVENTS; event++) {
            enum run_state expected = (enum run_state)state;
            for (size_t i = 0; i < sizeof run_changes / sizeof *run_changes; i++)
                if ((int)run_changes[i].from == state && (int)run_changes[i].event == event)
                    expected = run_changes[i].to;
            ck_assert_msg(run_next((enum run_state)state, (enum run_event)event) == expected,
                          "%s, event %d", run_state_text((enum run_state)state), event);
        }
}
END_TEST

START_TEST(reset_is_one)
{
    enum run_state state = run_next(RUN_RUNNING, RUN_EVENT_RESET);
    ck_assert_int_eq(run_next(state, RUN_EVENT_RESET), state);
    /* The end takes precedence over a reset, and a reset does not undo it. */
    state = run_next(state, RUN_EVENT_END);
    ck_assert_int_eq(run_next(state, RUN_EVENT_RESET), RUN_ENDING);
}
END_TEST

START_TEST(runner_life)
{
    enum runner_state state = RUNNER_ABSENT;
    state = runner_next(state, RUNNER_EVENT_FORK);
    ck_assert_int_eq(state, RUNNER_ALIVE);
    state = runner_next(state, RUNNER_EVENT_STOP);
    ck_assert_int_eq(state, RUNNER_LEAVING);
    state = runner_next(state, RUNNER_EVENT_KILL);
    ck_assert_int_eq(state, RUNNER_KILLED);
    ck_assert_int_eq(runner_next(state, RUNNER_EVENT_STOP), RUNNER_KILLED);
    state = runner_next(state, RUNNER_EVENT_REAP);
    ck_assert_int_eq(state, RUNNER_ABSENT);
    state = runner_next(state, RUNNER_EVENT_HOLD);
    ck_assert_int_eq(state, RUNNER_HELD);
    state = runner_next(state, RUNNER_EVENT_RETIRE);
    ck_assert_int_eq(state, RUNNER_RETIRED);
}
END_TEST

START_TEST(retired_stays)
{
    for (int event = 0; event < RUNNER_EVENTS; event++)
        ck_assert_int_eq(runner_next(RUNNER_RETIRED, (enum runner_event)event), RUNNER_RETIRED);
}
END_TEST

START_TEST(live_states)
{
    for (int state = 0; state < RUNNER_STATES; state++) {
        /* A state has a process if and only if the death of the process has a meaning in it. */
        bool reaped = runner_next((enum runner_state)state, RUNNER_EVENT_REAP) !=
                      (enum runner_state)state;
        ck_assert_int_eq(runner_state_is_live((enum runner_state)state), reaped);
        ck_assert_ptr_nonnull(runner_state_text((enum runner_state)state));
    }
}
END_TEST

Suite *lifecycle_suite(void)
{
    Suite *suite = suite_create("lifecycle");
    TCase *tcase = tcase_create("tables");
    tcase_add_test(tcase, run_table);
    tcase_add_test(tcase, reset_is_one);
    tcase_add_test(tcase, runner_life);
    tcase_add_test(tcase, retired_stays);
    tcase_add_test(tcase, live_states);
    suite_add_tcase(suite, tcase);
    return suite;
}
