/* SPDX-License-Identifier: MIT
 * injection.c: see injection.h.
 */
#include "supervisor/injection.h"

#include <errno.h>

#include "base/base.h"
#include "inject/inject.h"
#include "supervisor/server.h"
#include "supervisor/state.h"

int injection_open(struct supervisor *s, int share, int socket, struct error *error)
{
    struct inject_plan *plan = &s->inject;
    plan->socket = socket;
    plan->share = share_map(share, false, error);
    fd_close(&share);
    if (!plan->share || inject_plan_build(plan, error) < 0)
        return -1;
    s->hook_kills = atomic_load(&plan->share->hook_killed);
    s->env.inject = plan;
    return 0;
}

static uint64_t incarnation(const struct supervisor *s, uint32_t actor)
{
    return atomic_load(&control_ledger(&s->env.control, actor)->starts);
}

bool injection_faulted(const struct supervisor *s, uint32_t actor, uint64_t operation)
{
    const struct share *share = s->inject.share;
    return share && atomic_load(&share->victims[actor].faulted) == incarnation(s, actor) &&
           atomic_load(&share->victims[actor].operation) == operation + 1;
}

bool injection_killed(const struct supervisor *s, uint32_t actor)
{
    const struct share *share = s->inject.share;
    return share && atomic_load(&share->victims[actor].killed) == incarnation(s, actor);
}

void injection_note(struct supervisor *s)
{
    s->faulted_generation = supervisor_generation(s) + 1;
}

/* A kill is written down before it takes effect, and others see the effect before we reap. */
bool injection_noted(const struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (runner_state_is_live(s->runners[i].state) && injection_killed(s, i))
            return true;
    for (uint32_t i = 0; i < s->env.servers->n; i++)
        if (server_was_faulted(&s->env, i))
            return true;
    return s->faulted_generation == supervisor_generation(s) + 1;
}

bool injection_ends_run(const struct supervisor *s)
{
    bool fired = s->inject.share && atomic_load(&s->inject.share->fired) > 0;
    return s->env.config.end_at_fault && (fired || s->has_found);
}

/* This is for good: a filter cannot be removed. Every process that is forked from now on inherits
 * it with its listener, so no other process enters later. */
int injection_enter_hook(struct supervisor *s, struct error *error)
{
    struct inject_plan *plan = &s->inject;
    struct enter_hello hello = { .kind = ENTER_HOOK, .for_good = 1 };
    if (!plan->share || plan->by_command || plan->hook_entered ||
        !share_concerns(plan->share, RULE_OF_HOOK, 0, 0, NULL))
        return 0;
    if (inject_enter(plan, &hello) < 0)
        return error_set(error, errno, "cannot hand the reset hook's system calls to the injector");
    plan->hook_entered = true;
    return 0;
}

bool injection_killed_hook(struct supervisor *s)
{
    uint64_t kills = s->inject.share ? atomic_load(&s->inject.share->hook_killed) : 0;
    bool killed = kills > s->hook_kills;
    s->hook_kills = kills;
    return killed;
}
