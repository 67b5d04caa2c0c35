/* SPDX-License-Identifier: MIT
 * tickets.c: see tickets.h.
 */
#include "supervisor/tickets.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "supervisor/lifecycle.h"
#include "supervisor/run.h"
#include "supervisor/serial.h"
#include "supervisor/state.h"

void tickets_open(struct supervisor *s)
{
    uint64_t counted = 0;
    for (uint32_t i = 0; i < s->n_actors; i++)
        counted += atomic_load(&control_ledger(&s->env.control, i)->counted);
    s->pool = s->target > counted ? s->target - counted : 0;
}

/* Returns how many tickets to give at once: few enough that all runners get some until the end,
 * enough that they seldom ask. */
static uint32_t chunk(const struct supervisor *s)
{
    uint64_t share = s->pool / (4 * (uint64_t)s->n_actors);
    if (share == 0)
        return s->pool > 0;
    return share > 1u << 20 ? 1u << 20 : (uint32_t)share;
}

static void grant(struct supervisor *s, uint32_t actor)
{
    struct runner *runner = &s->runners[actor];
    uint32_t n = chunk(s);
    s->pool -= n;
    runner->granted += n;
    runner->granted_ns = clock_now();
    atomic_fetch_add(&control_slot(&s->env.control, actor)->tickets, n);
}

void tickets_grant_first(struct supervisor *s, uint32_t actor)
{
    s->runners[actor].granted = 0;
    if (s->target > 0 && !s->serial)
        grant(s, actor);
}

void tickets_settle(struct supervisor *s, uint32_t actor, uint64_t counted)
{
    struct runner *runner = &s->runners[actor];
    s->pool += runner->granted - counted;
    runner->granted = counted;
}

/* Returns what a live runner has counted, at most what it was given. */
static uint64_t counted_by(const struct supervisor *s, uint32_t actor)
{
    uint64_t counted = atomic_load(&control_slot(&s->env.control, actor)->counted);
    return counted < s->runners[actor].granted ? counted : s->runners[actor].granted;
}

#define START_NS CLOCK_SECOND

/* Returns how many tickets an actor may keep: one until it has begun its first operation of the
 * run, so that a short run does not end before every actor had a turn. Only for START_NS, since its
 * start hook may hang. None for a saboteur, which may begin late. */
static uint32_t kept_by(struct supervisor *s, uint32_t actor)
{
    uint32_t index, phase = atomic_load(&control_slot(&s->env.control, actor)->phase);
    uint64_t until = runner_begun(s, actor) + START_NS;
    bool begun = atomic_load(&control_ledger(&s->env.control, actor)->next_operation) > 0 ||
                 (phase != PHASE_ABSENT && phase != PHASE_STARTING);
    if (begun || until <= clock_now() ||
        definition_type_of(&s->env.definition, actor, &index)->saboteur)
        return 0;
    clock_sooner(&s->late_check_ns, until);
    return 1;
}

/* Takes back all tickets except `keep`. There are never fewer than that in between. */
static uint32_t take_back(struct layout_slot *slot, uint32_t keep)
{
    uint32_t tickets = atomic_load(&slot->tickets);
    while (tickets > keep)
        if (atomic_compare_exchange_weak(&slot->tickets, &tickets, keep))
            return tickets - keep;
    return 0;
}

static bool waits(const struct supervisor *s, uint32_t actor)
{
    return s->runners[actor].state == RUNNER_ALIVE &&
           atomic_load(&control_slot(&s->env.control, actor)->phase) == PHASE_WAITING;
}

bool tickets_lack(const struct supervisor *s, uint32_t actor)
{
    return s->target > 0 && waits(s, actor) &&
           atomic_load(&control_slot(&s->env.control, actor)->tickets) == 0 &&
           s->runners[actor].granted > counted_by(s, actor);
}

/* `waiting`: also from those who wait. */
static void revoke_from(struct supervisor *s, bool waiting)
{
    for (uint32_t i = 0; i < s->n_actors; i++) {
        struct runner *runner = &s->runners[i];
        if (!runner_state_is_live(runner->state) || (!waiting && waits(s, i)))
            continue;
        uint64_t back = take_back(control_slot(&s->env.control, i), kept_by(s, i));
        uint64_t open = runner->granted - counted_by(s, i);
        if (back > open)
            back = open;
        runner->granted -= back;
        s->pool += back;
    }
}

static bool all_used(const struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (runner_state_is_live(s->runners[i].state) && s->runners[i].granted > counted_by(s, i))
            return false;
    return s->pool == 0;
}

/* Serves the runners that wait, in turn, so that one whose operations are never counted does not
 * keep the last tickets from the others. Returns true if some are left without a ticket. */
static bool serve_waiting(struct supervisor *s)
{
    uint32_t first = s->turn;
    bool left = false;
    for (uint32_t i = 0; i < s->n_actors; i++) {
        uint32_t actor = (first + i) % s->n_actors;
        if (!waits(s, actor))
            continue;
        if (atomic_load(&control_slot(&s->env.control, actor)->tickets) > 0) {
            runner_wake(s, actor); /* it let others go first, and no longer must */
            continue;
        }
        if (s->pool == 0) {
            left = true;
            break;
        }
        grant(s, actor);
        runner_wake(s, actor);
        s->turn = (actor + 1) % s->n_actors;
    }
    return left;
}

void tickets_serve(struct supervisor *s)
{
    if (s->target == 0 || s->state != RUN_RUNNING)
        return;
    if (s->serial) {
        serial_serve(s);
        return;
    }
    _Atomic uint32_t *scarce = &s->env.control.header->scarce;
    if (s->pool == 0)
        revoke_from(s, true);
    atomic_store(scarce, serve_waiting(s));
    /* A runner gives a ticket back and then reads `scarce`. We set `scarce` and then read the
     * tickets. So one of the two sees the other. Runners that wait keep what they were just given,
     * or the last ticket would go round here until a runner is quick enough to take it. */
    while (atomic_load(scarce)) {
        revoke_from(s, false);
        if (s->pool == 0)
            break;
        atomic_store(scarce, serve_waiting(s));
    }
    if (all_used(s)) {
        s->end = WIRE_END_TARGET;
        run_apply(s, RUN_EVENT_END);
    }
}
