/* SPDX-License-Identifier: MIT
 * inject.c: stress_inject() and its like: a rule becomes a message to the injector. Runner and
 * supervisor.
 */
#include <errno.h>
#include <string.h>

#include "actor/handle.h"

/* Has the rule a WHEN of its own? Then it counts as that says; else it fires once. */
static bool says_when(const struct rule *rule)
{
    return rule->chance != 0 || rule->first != 1 || rule->step != 1;
}

/* The first operation that has not begun. */
static uint64_t next_operation(const struct stress_env *env, uint32_t actor)
{
    const struct layout_slot *slot = control_slot(&env->control, actor);
    uint64_t known = atomic_load(&control_ledger(&env->control, actor)->next_operation);
    uint64_t here = atomic_load(&slot->phase) == PHASE_ABSENT ? 0
                                                              : atomic_load(&slot->operation) + 1;
    return here > known ? here : known;
}

static int64_t arm(struct stress_env *env, uint32_t actor, const char *text)
{
    struct rule rule;
    struct error why;
    uint32_t index;
    if (!env->inject)
        return -EPERM;
    const struct definition_type *type = definition_type_of(&env->definition, actor, &index);
    if (!type || !env->control.header)
        return -ENOENT;
    if (!text || rule_parse(text, &rule, &why) < 0 || rule.whose != RULE_OF_ANYBODY ||
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

static int64_t number_of(const struct stress_env *env, const char *type, unsigned index)
{
    uint32_t before = 0;
    for (uint32_t i = 0; i < env->definition.n_types; i++) {
        const struct definition_type *candidate = &env->definition.types[i];
        if (strcmp(candidate->name, type) == 0)
            return index < candidate->count ? (int64_t)before + index : -ENOENT;
        before += candidate->count;
    }
    return -ENOENT;
}

int64_t stress_inject(struct stress_actor *actor, const char *type, unsigned index,
                      const char *rule)
{
    int64_t number = type ? number_of(actor->env, type, index) : actor->number;
    return number < 0 ? number : arm(actor->env, (uint32_t)number, rule);
}

int64_t stress_env_inject(struct stress_env *env, const char *type, unsigned index,
                          const char *rule)
{
    int64_t number = type ? number_of(env, type, index) : -ENOENT;
    return number < 0 ? number : arm(env, (uint32_t)number, rule);
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

int64_t stress_inject_fired(struct stress_actor *actor, int64_t handle)
{
    return fired(actor->env, handle);
}

int64_t stress_env_inject_fired(struct stress_env *env, int64_t handle)
{
    return fired(env, handle);
}
