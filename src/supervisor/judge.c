/* SPDX-License-Identifier: MIT
 * judge.c: see judge.h.
 */
#include "supervisor/judge.h"

#include "memory/memory.h"
#include "supervisor/injection.h"
#include "supervisor/run.h"
#include "supervisor/server_table.h"

int judge_begin(struct supervisor *s, struct error *error)
{
    const struct wire_judge *judge = &s->env.judge;
    uint32_t index;
    const struct definition_type *type =
        definition_type_of(&s->env.definition, judge->actor, &index);
    if (!type || judge->action >= type->n_actions)
        return error_set(error, 0, "cannot judge a state: the workload has no action %u of actor "
                         "%u", judge->action, judge->actor);
    struct layout_ledger *ledger = control_ledger(&s->env.control, judge->actor);
    uint64_t starts = atomic_fetch_add(&ledger->starts, 1) + 1;
    atomic_store(&ledger->settled, starts);
    atomic_store(&ledger->next_operation, judge->operation + 1);
    atomic_store(&s->env.control.header->generation, judge->generation);
    atomic_store(&s->env.control.header->resets, judge->generation);
    if (judge->performing) {
        ledger->cut_generation = judge->generation + 1;
        ledger->cut_operation = judge->operation;
        ledger->cut_action = judge->action;
        atomic_fetch_add(&ledger->indeterminate, 1);
    }
    injection_note(s);
    s->wants_reset = true;
    s->why = (struct stress_reset){ .cause = STRESS_CAUSE_DEATH, .actor = (int)judge->actor };
    return 0;
}

bool judge_stays(const struct supervisor *s)
{
    return s->env.judge.given && s->env.by_command && s->env.servers->n == 0 && !s->env.inject;
}

int judge_renew(struct supervisor *s, struct error *error)
{
    s->strays = 0;
    run_begin(s);
    /* Setup of commands enters the scratch directory, and does nothing else. */
    return s->env.declared.environment.setup(&s->env) == STRESS_ENV_OK
               ? 0 : error_set(error, 0, "%s", s->env.failure);
}
