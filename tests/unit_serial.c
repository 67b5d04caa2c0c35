/* SPDX-License-Identifier: MIT
 * unit_serial.c: one operation at a time: who is next, drawn from the seed or read from a list, and
 * what becomes of one that does not end.
 */
#include "supervisor/serial.h"
#include "supervisor/serial_list.h"
#include "supervisor/turn.h"
#include "supervisor_fixture.h"
#include "unit.h"

enum { TURNS = 64 };

static void start(enum wire_schedule schedule)
{
    fixture_supervisor();
    s.env.config.serial = schedule;
    s.env.config.seed = 11;
    s.env.config.serial_wait_ns = 3600 * CLOCK_SECOND;
    ck_assert_int_eq(serial_open(&s, &error), 0);
    for (uint32_t i = 0; i < s.n_actors; i++)
        fixture_alive(i, 0, PHASE_WAITING);
}

static void start_drawn(void)
{
    start(WIRE_SERIAL);
}

static void start_listed(void)
{
    start(WIRE_LISTED);
}

static struct order *order(void)
{
    return control_order(&s.env.control);
}

/* Who has the ticket; -1: nobody. */
static int holder(void)
{
    int found = -1;
    for (uint32_t i = 0; i < s.n_actors; i++)
        if (fixture_slot(i)->tickets > 0) {
            ck_assert_int_eq(found, -1);
            found = (int)i;
        }
    return found;
}

/* It takes its ticket, performs, and waits again. */
static void perform(int actor, bool counted)
{
    struct layout_slot *slot = fixture_slot((uint32_t)actor);
    ck_assert_int_ge(actor, 0);
    slot->ended++;
    slot->counted += counted;
    if (counted)
        slot->tickets--;
}

static void draw_turns(uint64_t seed, int *ret)
{
    serial_close(&s);
    start_drawn();
    s.env.config.seed = seed;
    for (int i = 0; i < TURNS; i++) {
        serial_serve(&s);
        ret[i] = holder();
        perform(ret[i], true);
    }
}

START_TEST(the_seed_says_the_order)
{
    int first[TURNS], again[TURNS], other[TURNS], seen[FIXTURE_ACTORS] = { 0 };
    draw_turns(11, first);
    draw_turns(11, again);
    draw_turns(12, other);
    ck_assert_mem_eq(first, again, sizeof first);
    ck_assert_mem_ne(first, other, sizeof first);
    for (int i = 0; i < TURNS; i++)
        seen[first[i]]++;
    for (uint32_t i = 0; i < s.n_actors; i++)
        ck_assert_int_gt(seen[i], 0);
}
END_TEST

START_TEST(a_delay_makes_it_seldom)
{
    int turns[TURNS], seen = 0;
    s.env.definition.types[1].delay_ms = 2000;
    s.env.definition.types[1].delay_most_ms = 8000;
    for (int i = 0; i < TURNS; i++) {
        serial_serve(&s);
        turns[i] = holder();
        perform(turns[i], true);
        seen += turns[i] == FIXTURE_KILLER;
    }
    ck_assert_int_le(seen, 1);
}
END_TEST

START_TEST(what_is_let_go_is_written_down)
{
    struct order_entry entry;
    s.runners[0].first_operation = s.runners[1].first_operation = 40;
    s.runners[2].first_operation = s.runners[FIXTURE_KILLER].first_operation = 40;
    serial_serve(&s);
    int actor = holder();
    ck_assert_uint_eq(atomic_load(&order()->n), 1);
    ck_assert(order_read(order(), 0, &entry));
    ck_assert_int_eq((int)entry.actor, actor);
    ck_assert_uint_eq(entry.operation, 40);
    ck_assert_uint_gt(entry.started_ns, 0);
    serial_serve(&s); /* it did not take it yet */
    ck_assert_uint_eq(atomic_load(&order()->n), 1);
    fixture_slot((uint32_t)actor)->phase = PHASE_PERFORMING;
    serial_serve(&s); /* it did not end yet */
    ck_assert_uint_eq(atomic_load(&order()->n), 1);
    ck_assert_int_eq(holder(), actor);
}
END_TEST

START_TEST(not_before_all_are_ready)
{
    fixture_slot(2)->phase = PHASE_STARTING;
    serial_serve(&s);
    ck_assert_int_eq(holder(), -1);
    ck_assert(!turn_all_ready(&s));
    s.env.config.serial_wait_ns = 0; /* it takes too long */
    serial_serve(&s);
    ck_assert_int_ge(holder(), 0);
    ck_assert_int_ne(holder(), 2);
}
END_TEST

START_TEST(who_takes_too_long_is_let_go)
{
    struct order_entry entry;
    serial_serve(&s);
    int late = holder();
    struct layout_slot *slot = fixture_slot((uint32_t)late);
    slot->phase = PHASE_PERFORMING;
    slot->tickets = 0;
    s.env.config.serial_wait_ns = 0;
    serial_serve(&s);
    ck_assert(s.runners[late].let_go);
    ck_assert_uint_eq(atomic_load(&order()->late), 1);
    ck_assert(order_read(order(), 0, &entry));
    ck_assert_uint_eq(entry.late, 1);
    int next = holder();
    ck_assert_int_ge(next, 0);
    ck_assert_int_ne(next, late);
    s.env.config.serial_wait_ns = 3600 * CLOCK_SECOND;
    slot->phase = PHASE_WAITING; /* it ends after all, */
    slot->ended++;
    perform(next, true);
    serial_serve(&s);
    ck_assert(!s.runners[late].let_go); /* and is waited for again */
}
END_TEST

/* A ticket for an operation that is not counted is still there. */
START_TEST(what_is_not_counted_comes_back)
{
    bool attempts = _i;
    s.env.config.attempts = attempts;
    s.pool = 5;
    serial_serve(&s);
    int actor = holder();
    ck_assert_uint_eq(s.pool, 4);
    perform(actor, false);
    serial_serve(&s);
    ck_assert_uint_eq(s.pool, attempts ? 3 : 4);
    ck_assert_uint_eq(s.runners[actor].granted, holder() == actor ? 1 : 0);
}
END_TEST

START_TEST(a_slot_that_lies_gives_nothing_back)
{
    s.pool = 5;
    serial_serve(&s);
    int actor = holder();
    perform(actor, false);
    fixture_slot((uint32_t)actor)->tickets = 1000;
    serial_serve(&s);
    ck_assert_uint_eq(s.pool, 4);
}
END_TEST

START_TEST(the_target_ends_it)
{
    s.pool = 1;
    serial_serve(&s);
    perform(holder(), true);
    ck_assert_int_eq(s.state, RUN_RUNNING);
    serial_serve(&s);
    ck_assert_int_eq(s.state, RUN_ENDING);
    ck_assert_int_eq(s.end, WIRE_END_TARGET);
    ck_assert_uint_eq(serial_deadline(&s), CLOCK_NEVER);
    serial_serve(&s); /* nothing more */
    ck_assert_int_eq(holder(), -1);
}
END_TEST

START_TEST(a_reset_is_in_the_order)
{
    struct order_entry entry;
    serial_serve(&s);
    perform(holder(), true);
    s.env.control.header->generation = 1;
    serial_serve(&s);
    ck_assert(order_read(order(), 1, &entry));
    ck_assert_uint_eq(entry.actor, ORDER_RESET);
    ck_assert_uint_eq(atomic_load(&order()->n), 3);
    ck_assert_uint_gt(serial_deadline(&s), clock_now());
}
END_TEST

/* ---- as a list says ---------------------------------------------------------------------- */

static void list(const struct order_entry *entries, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        order_append(order(), &entries[i]);
}

/* Starts in the log of writer.0, in a generation that began at 1000, seen at 2000. */
static const struct {
    uint64_t starts[4];
    uint64_t n, last; /* entries found; the start of the last */
} logs[] = {
    { { 1100, 1200, 1300, 1400 }, 4, 1400 },
    { { 1100, 1200, 1300, 2001 }, 3, 1300 },       /* it began later */
    { { 1100, 2001, 2002, 2003 }, 1, 1100 },
    { { 2001, 2002, 2003, 2004 }, 0, 0 },
    { { 1100, 1200, 1300, 7 }, 3, 1300 },          /* the start is not written yet */
    { { 1100, 1200, 1300, 1150 }, 3, 1300 },
    { { 1100, 7, 1300, 1400 }, 2, 1400 },          /* impossible */
};

START_TEST(a_log_goes_on)
{
    static struct order_entry entries[ORDER_MERGED];
    struct layout_logged *log = (struct layout_logged *)control_log(&s.env.control, 0);
    struct layout_ledger *ledger = control_ledger(&s.env.control, 0);
    uint64_t cut;
    for (unsigned i = 0; i < 4; i++)
        atomic_store(&log[i].started_ns, logs[_i].starts[i]);
    atomic_store(&fixture_slot(0)->operation, 3);
    atomic_store(&ledger->logged_generation, supervisor_generation(&s) + 1);
    atomic_store(&ledger->logged_first, 0);
    atomic_store(&s.env.control.header->begun_ns, 1000);
    ck_assert_uint_eq(order_collect(&s.env.control, 2000, entries, &cut), logs[_i].n);
    if (logs[_i].n > 0)
        ck_assert_uint_eq(entries[logs[_i].n - 1].started_ns, logs[_i].last);
}
END_TEST

START_TEST(in_the_order_of_the_list)
{
    static const struct order_entry entries[] = {
        { .actor = 2, .operation = 7 }, { .actor = 0, .operation = 3 },
        { .actor = 99, .operation = 1 }, { .actor = 2, .operation = 5 } };
    list(entries, 4);
    for (int i = 0; i < 4; i++) {
        if (i == 2) /* there is no such actor */
            continue;
        serial_serve(&s);
        ck_assert_int_eq(holder(), (int)entries[i].actor);
        ck_assert_uint_eq(fixture_slot(entries[i].actor)->ordered, entries[i].operation);
        ck_assert_uint_eq(s.runners[entries[i].actor].first_operation +
                          fixture_slot(entries[i].actor)->ended, entries[i].operation);
        perform(holder(), true);
    }
    ck_assert_uint_eq(atomic_load(&order()->skipped), 1);
    ck_assert_int_eq(s.state, RUN_RUNNING);
    serial_serve(&s);
    ck_assert_int_eq(s.end, WIRE_END_LIST);
    ck_assert_int_eq(s.state, RUN_ENDING);
}
END_TEST

START_TEST(of_one_that_was_given_up)
{
    static const struct order_entry entries[] = { { .actor = 1 }, { .actor = 0 } };
    list(entries, 2);
    runner_apply(&s.runners[1], RUNNER_EVENT_KILL);
    runner_apply(&s.runners[1], RUNNER_EVENT_REAP);
    runner_apply(&s.runners[1], RUNNER_EVENT_RETIRE);
    serial_serve(&s);
    ck_assert_int_eq(holder(), 0);
    ck_assert_uint_eq(atomic_load(&order()->skipped), 1);
}
END_TEST

START_TEST(a_reset_of_the_list)
{
    static const struct order_entry entries[] = { { .actor = ORDER_RESET }, { .actor = 0 } };
    bool came = _i; /* by itself */
    list(entries, 2);
    if (came)
        s.env.control.header->generation = 1;
    serial_serve(&s);
    ck_assert_int_eq(s.wants_reset, !came);
    ck_assert_int_eq(s.state, came ? RUN_RUNNING : RUN_STOPPING);
    ck_assert_uint_eq(atomic_load(&order()->segment), 1);
    ck_assert_int_eq(holder(), came ? 0 : -1);
    ck_assert_uint_eq(atomic_load(&order()->at), came ? 2 : 1);
}
END_TEST

START_TEST(the_last_one_is_held)
{
    static const struct order_entry entries[] = { { .actor = 0 }, { .actor = 1 },
                                                  { .actor = ORDER_RESET } };
    s.env.config.hold_last = 1;
    s.runners[1].pid = 4711;
    list(entries, 3);
    serial_serve(&s);
    ck_assert_uint_eq(fixture_slot(0)->hold, 0);
    ck_assert_ptr_null(fixture_told());
    perform(0, true);
    serial_serve(&s);
    ck_assert_uint_eq(fixture_slot(1)->hold, 1);
    const struct wire_message *message = fixture_told();
    ck_assert_ptr_nonnull(message);
    ck_assert_uint_eq(message->type, WIRE_HELD);
    ck_assert_int_eq(message->body.held.pid, 4711);
}
END_TEST

START_TEST(no_end_while_one_is_under_way)
{
    static const struct order_entry entries[] = { { .actor = 0 } };
    list(entries, 1);
    serial_serve(&s);
    struct layout_slot *slot = fixture_slot(0);
    slot->phase = PHASE_PERFORMING;
    slot->tickets = 0;
    s.env.config.serial_wait_ns = 0;
    serial_serve(&s); /* it is let go, but the list is not at its end */
    ck_assert(s.runners[0].let_go);
    ck_assert_int_eq(s.state, RUN_RUNNING);
    slot->phase = PHASE_WAITING;
    slot->ended++;
    serial_serve(&s);
    ck_assert_int_eq(s.end, WIRE_END_LIST);
}
END_TEST

static void close_serial(void)
{
    serial_close(&s);
}

Suite *serial_suite(void)
{
    Suite *suite = suite_create("serial");
    TCase *drawn = tcase_create("drawn"), *listed = tcase_create("listed");
    tcase_add_checked_fixture(drawn, start_drawn, close_serial);
    tcase_add_test(drawn, the_seed_says_the_order);
    tcase_add_test(drawn, a_delay_makes_it_seldom);
    tcase_add_test(drawn, what_is_let_go_is_written_down);
    tcase_add_test(drawn, not_before_all_are_ready);
    tcase_add_test(drawn, who_takes_too_long_is_let_go);
    tcase_add_loop_test(drawn, what_is_not_counted_comes_back, 0, 2);
    tcase_add_test(drawn, a_slot_that_lies_gives_nothing_back);
    tcase_add_test(drawn, the_target_ends_it);
    tcase_add_test(drawn, a_reset_is_in_the_order);
    tcase_add_loop_test(drawn, a_log_goes_on, 0, sizeof logs / sizeof logs[0]);
    suite_add_tcase(suite, drawn);
    tcase_add_checked_fixture(listed, start_listed, close_serial);
    tcase_add_test(listed, in_the_order_of_the_list);
    tcase_add_test(listed, of_one_that_was_given_up);
    tcase_add_loop_test(listed, a_reset_of_the_list, 0, 2);
    tcase_add_test(listed, the_last_one_is_held);
    tcase_add_test(listed, no_end_while_one_is_under_way);
    suite_add_tcase(suite, listed);
    return suite;
}
