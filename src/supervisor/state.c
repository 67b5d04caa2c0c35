/* SPDX-License-Identifier: MIT
 * state.c: see state.h.
 */
#include "supervisor/state.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "supervisor/lifecycle.h"

uint64_t supervisor_generation(const struct supervisor *s)
{
    const struct layout_header *header = s->env.control.header;
    return header ? atomic_load(&header->generation) : 0;
}

uint64_t supervisor_incarnation(const struct supervisor *s, uint32_t actor)
{
    return atomic_load(&control_ledger(&s->env.control, actor)->starts);
}

void runner_apply(struct runner *runner, enum runner_event event)
{
    *(enum runner_state *)&runner->state = runner_next(runner->state, event);
}

void runner_bounds(const struct supervisor *s, uint32_t actor, struct slot_bounds *ret)
{
    const struct runner *runner = &s->runners[actor];
    uint32_t index;
    *ret = (struct slot_bounds){
        .first_operation = runner->first_operation,
        .forked_ns = runner->forked_ns,
        .now_ns = clock_now(),
        .granted = s->target > 0 ? runner->granted : UINT64_MAX,
        .n_actions = definition_type_of(&s->env.definition, actor, &index)->n_actions,
        .listed = s->env.config.serial == WIRE_LISTED,
        .by_command = s->env.by_command,
    };
}

uint64_t runner_begun(const struct supervisor *s, uint32_t actor)
{
    uint64_t forked = s->runners[actor].forked_ns;
    uint64_t begun = atomic_load(&s->env.control.header->begun_ns);
    return forked > begun ? forked : begun;
}

void runner_wake(const struct supervisor *s, uint32_t actor)
{
    struct layout_slot *slot = control_slot(&s->env.control, actor);
    atomic_fetch_add(&slot->wake, 1);
    syscall(SYS_futex, &slot->wake, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}
