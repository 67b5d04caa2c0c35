/* SPDX-License-Identifier: MIT
 * judge.c: see judge.h.
 */
#include "session/judge.h"

#include "base/base.h"
#include "memory/memory.h"
#include "session/orders.h"

static bool judges(const struct session *session)
{
    return session->orders && session->orders->fill;
}

int session_judge_fill(struct session *session, struct error *error)
{
    const struct session_orders *orders = session->orders;
    uint64_t size = session->record.definition.global_size;
    if (!judges(session))
        return 0;
    if (size > 0 && memory_clear(session->global_fd, size, error) < 0)
        return -1;
    const struct session_place place = { .scratch = &session->scratch,
                                         .global = session->global_fd };
    struct session_judge judge = { 0 };
    if (orders->fill(orders->user, &place, &judge, error) < 0)
        return -1;
    session->states_due = true;
    session->judge = (struct wire_judge){ .given = 1, .actor = judge.actor,
                                          .action = judge.action, .performing = judge.performing,
                                          .operation = judge.operation,
                                          .generation = judge.generation,
                                          .status = judge.status };
    return 0;
}

int session_judge_fill_states(struct session *session, struct error *error)
{
    const struct session_orders *orders = session->orders;
    if (!session->states_due || session->state_size == 0)
        return 0;
    session->states_due = false;
    if (memory_clear(session->state_fd, session->state_size, error) < 0)
        return -1;
    return orders->fill_states
               ? orders->fill_states(orders->user, session->state_fd, session->state_size, error)
               : 0;
}
