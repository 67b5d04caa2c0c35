/* SPDX-License-Identifier: MIT
 * unit_tickets.c: tickets come and go, and none is lost: the counted operations of a run are its
 * target, also when runners die, do nothing, or lie.
 */
#include "supervisor/tickets.h"
#include "supervisor/serial.h"
#include "supervisor_fixture.h"
#include "unit.h"

static void open_with(uint64_t target)
{
    s.target = target;
    tickets_open(&s);
}

/* All actors live, and are in that phase. */
static void all_in(enum layout_phase phase)
{
    for (uint32_t i = 0; i < s.n_actors; i++) {
        tickets_grant_first(&s, i);
        fixture_alive(i, 0, phase);
    }
}

/* Those that a runner holds, given and not used. */
static uint32_t held(uint32_t actor)
{
    return atomic_load(&fixture_slot(actor)->tickets);
}

START_TEST(a_pool_is_what_is_left)
{
    fixture_ledger(0)->counted = 30;
    fixture_ledger(1)->counted = 12;
    open_with(100);
    ck_assert_uint_eq(s.pool, 58);
    open_with(42);
    ck_assert_uint_eq(s.pool, 0);
    open_with(41);
    ck_assert_uint_eq(s.pool, 0);
}
END_TEST

static const struct {
    uint64_t pool;
    uint32_t first; /* that the first actor gets of it */
} chunks[] = {
    { 1, 1 }, { 15, 1 }, { 16, 1 }, { 32, 2 }, { 1600, 100 }, { UINT64_C(1) << 40, 1 << 20 },
};

START_TEST(a_first_share)
{
    open_with(chunks[_i].pool);
    tickets_grant_first(&s, 0);
    ck_assert_uint_eq(held(0), chunks[_i].first);
    ck_assert_uint_eq(s.runners[0].granted, chunks[_i].first);
    ck_assert_uint_eq(s.pool, chunks[_i].pool - chunks[_i].first);
}
END_TEST

START_TEST(none_without_a_target_or_in_turns)
{
    open_with(0);
    s.runners[0].granted = 7;
    tickets_grant_first(&s, 0);
    ck_assert_uint_eq(held(0), 0);
    ck_assert_uint_eq(s.runners[0].granted, 0);
    open_with(100);
    ck_assert_int_eq(serial_open(&s, &error), 0);
    tickets_grant_first(&s, 0);
    ck_assert_uint_eq(held(0), 0);
    serial_close(&s);
}
END_TEST

START_TEST(a_dead_runner_gives_back)
{
    open_with(1600);
    tickets_grant_first(&s, 0);
    tickets_settle(&s, 0, 30);
    ck_assert_uint_eq(s.pool, 1570);
    tickets_settle(&s, 0, 30); /* once */
    ck_assert_uint_eq(s.pool, 1570);
}
END_TEST

START_TEST(who_waits_is_served_and_woken)
{
    open_with(1600);
    all_in(PHASE_PERFORMING);
    uint32_t before = held(1), wake = fixture_slot(1)->wake;
    fixture_performed(1, before);
    fixture_slot(1)->tickets = 0;
    fixture_slot(1)->phase = PHASE_WAITING;
    tickets_serve(&s);
    ck_assert_uint_gt(held(1), 0);
    ck_assert_uint_eq(s.runners[1].granted, before + held(1));
    ck_assert_uint_gt(fixture_slot(1)->wake, wake);
    ck_assert_uint_eq(s.env.control.header->scarce, 0);
    ck_assert_int_eq(s.state, RUN_RUNNING);
    wake = fixture_slot(1)->wake;
    tickets_serve(&s); /* it has some: it is woken, and gets no more */
    ck_assert_uint_gt(fixture_slot(1)->wake, wake);
    ck_assert_uint_eq(s.turn, 2);
}
END_TEST

START_TEST(what_others_do_not_use_is_taken_back)
{
    open_with(4);
    all_in(PHASE_PERFORMING); /* each has one, and nothing is left */
    ck_assert_uint_eq(s.pool, 0);
    fixture_performed(0, 1);
    fixture_slot(0)->tickets = 0;
    fixture_slot(0)->phase = PHASE_WAITING;
    tickets_serve(&s);
    ck_assert_uint_eq(held(0) + s.pool, 3); /* of the other three */
    ck_assert_uint_eq(held(1) + held(2) + held(FIXTURE_KILLER), 0);
    ck_assert_uint_eq(s.runners[1].granted, 0);
    ck_assert_int_eq(s.state, RUN_RUNNING);
}
END_TEST

START_TEST(one_is_kept_for_who_has_not_begun)
{
    open_with(4);
    all_in(PHASE_STARTING);
    for (uint32_t i = 1; i < s.n_actors; i++)
        s.runners[i].forked_ns = clock_now();
    fixture_performed(0, 1);
    fixture_slot(0)->tickets = 0;
    fixture_slot(0)->phase = PHASE_WAITING;
    tickets_serve(&s);
    ck_assert_uint_eq(held(1), 1);
    ck_assert_uint_eq(held(2), 1);
    ck_assert_uint_eq(held(FIXTURE_KILLER), 0); /* saboteurs may wait for long */
    ck_assert_uint_eq(held(0), 1);
    ck_assert_uint_ne(s.late_check_ns, CLOCK_NEVER);
    for (uint32_t i = 1; i < s.n_actors; i++) /* ... but not for ever */
        s.runners[i].forked_ns = clock_now() - 2 * CLOCK_SECOND;
    fixture_performed(0, 2);
    fixture_slot(0)->tickets = 0;
    tickets_serve(&s);
    ck_assert_uint_eq(held(1) + held(2), 0);
    ck_assert_uint_gt(held(0), 0);
}
END_TEST

START_TEST(the_last_ones_go_round)
{
    open_with(4);
    all_in(PHASE_PERFORMING);
    for (uint32_t i = 0; i < s.n_actors; i++) { /* nothing that they do is counted */
        fixture_slot(i)->tickets = 0;
        fixture_slot(i)->phase = PHASE_WAITING;
        tickets_settle(&s, i, 0);
    }
    s.pool = 1;
    for (uint32_t i = 0; i < 2 * s.n_actors; i++) {
        uint32_t whose = i % s.n_actors;
        tickets_serve(&s);
        ck_assert_uint_eq(held(whose), 1);
        ck_assert_uint_eq(s.env.control.header->scarce, 1); /* the others are without */
        ck_assert_int_eq(s.state, RUN_RUNNING);
        fixture_slot(whose)->tickets = 0;
        tickets_settle(&s, whose, 0);
    }
}
END_TEST

START_TEST(the_end_is_exact)
{
    open_with(4);
    all_in(PHASE_PERFORMING);
    for (uint32_t i = 0; i < s.n_actors; i++) {
        ck_assert_int_eq(s.state, RUN_RUNNING);
        fixture_performed(i, 1);
        fixture_slot(i)->tickets = 0;
        fixture_slot(i)->phase = PHASE_WAITING;
        tickets_serve(&s);
    }
    ck_assert_int_eq(s.state, RUN_ENDING);
    ck_assert_int_eq(s.end, WIRE_END_TARGET);
    ck_assert_uint_eq(s.env.control.header->stop, 1);
    tickets_serve(&s); /* it ends: nothing is served */
    ck_assert_uint_eq(held(0), 0);
}
END_TEST

START_TEST(who_lies_gains_nothing)
{
    open_with(16);
    all_in(PHASE_PERFORMING); /* one each, and twelve are left */
    fixture_slot(0)->counted = 1000;
    fixture_slot(0)->tickets = UINT32_MAX;
    s.pool = 0;
    fixture_slot(1)->tickets = 0;
    fixture_slot(1)->counted = 1;
    fixture_slot(1)->phase = PHASE_WAITING;
    tickets_serve(&s);
    ck_assert_uint_le(s.pool + held(1), 2); /* of actor 2 and the saboteur */
    ck_assert_uint_eq(s.runners[0].granted, 1);
}
END_TEST

/* One that it was given and that is neither used nor there. */
START_TEST(a_lost_one_is_missed)
{
    open_with(100);
    all_in(PHASE_WAITING);
    ck_assert(!tickets_lack(&s, 1));
    fixture_slot(1)->tickets = 0;
    ck_assert(tickets_lack(&s, 1));
    fixture_slot(1)->phase = PHASE_PERFORMING;
    ck_assert(!tickets_lack(&s, 1));
    fixture_slot(1)->phase = PHASE_WAITING;
    fixture_performed(1, s.runners[1].granted);
    ck_assert(!tickets_lack(&s, 1));
    s.target = 0;
    fixture_slot(1)->counted = 0;
    ck_assert(!tickets_lack(&s, 1));
}
END_TEST

Suite *tickets_suite(void)
{
    Suite *suite = suite_create("tickets");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, fixture_supervisor, NULL);
    tcase_add_test(all, a_pool_is_what_is_left);
    tcase_add_loop_test(all, a_first_share, 0, sizeof chunks / sizeof *chunks);
    tcase_add_test(all, none_without_a_target_or_in_turns);
    tcase_add_test(all, a_dead_runner_gives_back);
    tcase_add_test(all, who_waits_is_served_and_woken);
    tcase_add_test(all, what_others_do_not_use_is_taken_back);
    tcase_add_test(all, one_is_kept_for_who_has_not_begun);
    tcase_add_test(all, the_last_ones_go_round);
    tcase_add_test(all, the_end_is_exact);
    tcase_add_test(all, a_lost_one_is_missed);
    tcase_add_test(all, who_lies_gains_nothing);
    suite_add_tcase(suite, all);
    return suite;
}
