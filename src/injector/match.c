/* SPDX-License-Identifier: MIT
 * match.c: see match.h.
 */
#include "injector/match.h"

#include <string.h>

#include "base/base.h"

static bool is_of(const struct rule *rule, const struct share_call *call)
{
    switch ((enum rule_whose)rule->whose) {
    case RULE_OF_ANYBODY:
        return call->whose != RULE_OF_HOOK;
    case RULE_OF_ACTOR:
        return call->whose == RULE_OF_ACTOR && call->type == rule->type &&
               (rule->index == UINT32_MAX || rule->index == call->index);
    case RULE_OF_SERVER:
        return call->whose == RULE_OF_SERVER && strcmp(call->server, rule->name) == 0;
    default:
        return call->whose == RULE_OF_HOOK;
    }
}

static bool is_in(const struct rule *rule, const struct share_call *call,
                  const struct definition *definition)
{
    if (rule->operation != RULE_ANY &&
        (call->operation == RULE_ANY || call->operation < rule->operation ||
         (!rule->onwards && call->operation > rule->operation)))
        return false;
    if (!*rule->operation_action)
        return true;
    if (call->whose != RULE_OF_ACTOR || call->type >= definition->n_types)
        return false;
    const struct definition_type *type = &definition->types[call->type];
    return call->action < type->n_actions &&
           strcmp(type->actions[call->action].name, rule->operation_action) == 0;
}

bool match_applies(const struct rule *rule, const struct share_call *call,
                   const struct definition *definition)
{
    return call_set_has(&rule->calls, call->number) && is_of(rule, call) &&
           is_in(rule, call, definition);
}

bool match_fires(const struct rule *rule, uint64_t n, uint64_t seed, uint32_t which)
{
    if (rule->chance) {
        struct random_stream stream = random_operation(seed, random_mix(UINT64_C(1) + which), n);
        return rule->chance == UINT64_MAX || random_next(&stream) < rule->chance;
    }
    if (n < rule->first)
        return false;
    return rule->step == 0 ? n == rule->first : (n - rule->first) % rule->step == 0;
}
