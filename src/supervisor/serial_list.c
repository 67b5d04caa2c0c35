/* SPDX-License-Identifier: MIT
 * serial_list.c: see serial_list.h.
 */
#include "supervisor/serial_list.h"

#include "memory/memory.h"
#include "supervisor/outbox.h"
#include "supervisor/run.h"
#include "supervisor/state.h"
#include "supervisor/turn.h"

static void pass_reset(struct supervisor *s, struct order *order)
{
    uint64_t now = supervisor_generation(s);
    bool came = now > atomic_load(&order->segment);
    atomic_store(&order->segment, came ? now : now + 1);
    atomic_fetch_add(&order->at, 1);
    if (!came)
        run_want_reset(s, STRESS_CAUSE_REQUEST, -1);
}

/* Makes the runner of the last operation wait for a debugger, and tells the monitor its pid. */
static void hold(struct supervisor *s, uint32_t actor)
{
    struct wire_held held = { .pid = s->runners[actor].pid };
    struct error ignored; /* if the monitor is gone, the loop finds out */
    atomic_store(&control_slot(&s->env.control, actor)->hold, 1);
    outbox_put(s, WIRE_HELD, &held, sizeof held, &ignored);
}

static bool is_last(const struct order *order, uint64_t number)
{
    struct order_entry entry;
    uint64_t n = atomic_load(&order->n);
    for (uint64_t i = number + 1; i < n; i++)
        if (order_read(order, i, &entry) && entry.actor != ORDER_RESET)
            return false;
    return true;
}

static void give(struct supervisor *s, struct order *order, const struct order_entry *entry)
{
    struct layout_slot *slot = control_slot(&s->env.control, entry->actor);
    uint64_t number = atomic_fetch_add(&order->at, 1);
    /* Makes the index right that other code calculates as first_operation + ended. */
    s->runners[entry->actor].first_operation = entry->operation - atomic_load(&slot->ended);
    atomic_store(&slot->ordered, entry->operation);
    if (s->env.config.hold_last && is_last(order, number))
        hold(s, entry->actor);
    turn_give(s, entry->actor, number);
}

static bool end(struct supervisor *s)
{
    if (!turn_all_ready(s))
        return false;
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (s->runners[i].let_go) /* wait until it ends, or is found to hang */
            return false;
    s->end = WIRE_END_LIST;
    run_apply(s, RUN_EVENT_END);
    return true;
}

bool serial_list_next(struct supervisor *s)
{
    struct order *order = control_order(&s->env.control);
    struct order_entry entry;
    while (atomic_load(&order->at) < atomic_load(&order->n)) {
        if (!order_read(order, atomic_load(&order->at), &entry))
            return false;
        if (entry.actor == ORDER_RESET) {
            bool came = supervisor_generation(s) > atomic_load(&order->segment);
            pass_reset(s, order);
            if (!came)
                return true;
        } else if (entry.actor >= s->n_actors ||
                   s->runners[entry.actor].state == RUNNER_RETIRED) {
            atomic_fetch_add(&order->at, 1);
            atomic_fetch_add(&order->skipped, 1);
        } else if (turn_is_ready(s, entry.actor)) {
            give(s, order, &entry);
            return true;
        } else {
            return false;
        }
    }
    return end(s);
}
