/* SPDX-License-Identifier: MIT
 * turn.c: see turn.h.
 */
#include "supervisor/turn.h"

#include "base/base.h"
#include "supervisor/lifecycle.h"
#include "supervisor/state.h"

bool turn_is_ready(const struct supervisor *s, uint32_t actor)
{
    return s->runners[actor].state == RUNNER_ALIVE &&
           atomic_load(&control_slot(&s->env.control, actor)->phase) == PHASE_WAITING;
}

bool turn_all_ready(const struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (runner_state_is_live(s->runners[i].state) && !s->runners[i].let_go &&
            !turn_is_ready(s, i))
            return false;
    return true;
}

void turn_give(struct supervisor *s, uint32_t actor, uint64_t entry)
{
    struct layout_slot *slot = control_slot(&s->env.control, actor);
    struct serial *serial = s->serial;
    serial->current = (int)actor;
    serial->ended = atomic_load(&slot->ended);
    serial->since_ns = clock_now();
    serial->step++;
    serial->entry = entry;
    s->pool--;
    s->runners[actor].granted++;
    s->runners[actor].granted_ns = serial->since_ns;
    atomic_fetch_add(&slot->tickets, 1);
    runner_wake(s, actor);
}
