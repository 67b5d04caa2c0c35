/* SPDX-License-Identifier: MIT
 * inject.c: stress_*_inject(): a rule becomes a message to the injector. Runner and
 * supervisor.
 */
#include <errno.h>
#include <string.h>

#include "actor/handle.h"

/* Does the rule have a WHEN? A rule without one fires once. */
static bool says_when(const struct rule *rule)
{
    return rule->chance != 0 || rule->first != 1 || rule->step != 1;
}

/* Returns the number of the first operation that has not begun. */
static uint64_t next_operation(const struct stress_env *env, uint32_t actor)
{
    const struct layout_slot *slot = control_slot(&env->control, actor);
    uint64_t known = atomic_load(&control_ledger(&env->control, actor)->next_operation);
    uint64_t here = atomic_load(&slot->phase) == PHASE_ABSENT ? 0
                                                              : atomic_load(&slot->operation) + 1;
    return here > known ? here : known;
}

static int64_t arm(struct stress_env *env, int number, const char *text)
{
    struct rule rule;
    struct error why;
    uint32_t index, actor = (uint32_t)number;
    if (!env->inject)
        return -EPERM;
    const struct definition_type *type = definition_type_of(&env->definition, actor, &index);
    if (!type || !env->control.header)
        return -ENOENT;
    if (rule_parse(text, &rule, &why) < 0 || rule.whose != RULE_OF_ANYBODY ||
        rule.operation != RULE_ANY)
        return -EINVAL;
    if (!says_when(&rule))
        rule.step = 0;
    rule.whose = RULE_OF_ACTOR;
    rule.type = (uint32_t)(type - env->definition.types);
    rule.index = index;
    memcpy(rule.name, type->name, sizeof type->name);
    rule.operation = next_operation(env, actor);
    rule.onwards = 1;
    return inject_arm(env->inject, &rule);
}

int64_t stress_actor_inject(struct stress_actor *actor, int target, const char *rule)
{
    return arm(actor->env, target, rule);
}

int64_t stress_env_inject(struct stress_env *env, int target, const char *rule)
{
    return arm(env, target, rule);
}

static int64_t fired(const struct stress_env *env, int64_t handle)
{
    if (!env->inject || handle < 0)
        return -ENOENT;
    const struct share *share = env->inject->share;
    int64_t armed = atomic_load(&share->armed);
    if (handle >= armed || armed - handle > SHARE_ARMED)
        return -ENOENT;
    return (int64_t)atomic_load(&share->tally[SHARE_RULES + handle % SHARE_ARMED].fired);
}

int64_t stress_actor_inject_fired(const struct stress_actor *actor, int64_t handle)
{
    return fired(actor->env, handle);
}

int64_t stress_env_inject_fired(const struct stress_env *env, int64_t handle)
{
    return fired(env, handle);
}
