/* SPDX-License-Identifier: MIT
 * definition.c: checks and flattens what a workload declares. Supervisor and monitor.
 */
#include "definition/definition.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

static int set_name(char *to, const char *name, const char *what, struct error *error)
{
    if (!name || !text_is_name(name)) {
        char shown[2 * TEXT_NAME];
        text_copy(shown, sizeof shown, name ? name : "(null)");
        return error_set(error, 0,
                         "%s name '%s': use 1 to %d letters, digits, '_', '.' or '-', not '-' or "
                         "'.' first", what, shown, TEXT_NAME - 1);
    }
    memset(to, 0, TEXT_NAME);
    strcpy(to, name);
    return 0;
}

static int flatten_actions(const struct stress_actor_spec *user, struct definition_type *type,
                           struct error *error)
{
    if (!user->actions == !user->perform)
        return error_set(error, 0, "actor type '%s' needs either actions or a perform function",
                         user->name);
    if (user->perform) {
        type->n_actions = 1;
        type->actions[0].weight = 1;
        text_copy(type->actions[0].name, sizeof type->actions[0].name, type->name);
        return 0;
    }
    for (const struct stress_action_spec *action = user->actions; action->name; action++) {
        if (type->n_actions == DEFINITION_ACTIONS)
            return error_set(error, 0, "actor type '%s' has more than %d actions", user->name,
                             (int)DEFINITION_ACTIONS);
        struct definition_action *to = &type->actions[type->n_actions++];
        if (set_name(to->name, action->name, "action", error) < 0)
            return -1;
        if (!action->perform)
            return error_set(error, 0, "action '%s' of '%s' has no perform function", action->name,
                             user->name);
        to->weight = action->weight;
    }
    return 0;
}

static int flatten_type(const struct stress_actor_spec *user, struct definition_type *type,
                        struct error *error)
{
    if (set_name(type->name, user->name, "actor type", error) < 0)
        return -1;
    type->count = user->count ? user->count : 1;
    type->saboteur = user->saboteur;
    type->delay_ms = user->delay_ms;
    type->delay_most_ms = user->delay_most_ms ? user->delay_most_ms : user->delay_ms;
    type->timeout_ms = user->timeout_ms;
    type->state_size = user->state_size;
    return flatten_actions(user, type, error);
}

static int flatten_time_limit(double seconds, uint64_t *ret_ns, struct error *error)
{
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e9)
        return error_set(error, 0, "time_limit_s is %g: give 0 (none) to 1e9 seconds", seconds);
    *ret_ns = (uint64_t)(seconds * 1e9);
    return 0;
}

int definition_from_declared(const struct declared *declared, struct definition *ret,
                             struct error *error)
{
    const struct stress_env_spec *user = &declared->environment;
    memset(ret, 0, sizeof *ret);
    if (set_name(ret->name, user->name, "environment", error) < 0 ||
        flatten_time_limit(user->time_limit_s, &ret->time_limit_ns, error) < 0)
        return -1;
    ret->global_size = user->global_size;
    ret->target_operations = user->target_operations;
    if (user->injects && strlen(user->injects) >= sizeof ret->injects)
        return error_set(error, 0, "environment '%s': 'injects' is longer than %d bytes",
                         ret->name, DEFINITION_INJECTS - 1);
    if (user->injects)
        strcpy(ret->injects, user->injects);
    for (const struct stress_actor_spec *type = user->actors; type && type->name; type++) {
        if (ret->n_types == DEFINITION_TYPES)
            return error_set(error, 0, "more than %d actor types", (int)DEFINITION_TYPES);
        if (flatten_type(type, &ret->types[ret->n_types++], error) < 0)
            return -1;
    }
    return definition_check(ret, error);
}

static int check_actions(const struct definition_type *type, struct error *error)
{
    uint64_t weights = 0;
    if (type->n_actions == 0 || type->n_actions > DEFINITION_ACTIONS)
        return error_set(error, 0, "actor type '%s' has no actions", type->name);
    for (uint32_t i = 0; i < type->n_actions; i++) {
        if (!text_is_stored_name(type->actions[i].name))
            return error_set(error, 0, "actor type '%s': action %u has no valid name", type->name,
                             i);
        weights += type->actions[i].weight;
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(type->actions[i].name, type->actions[j].name) == 0)
                return error_set(error, 0, "action '%s' of '%s' is declared twice",
                                 type->actions[i].name, type->name);
    }
    if (weights == 0 || weights > UINT32_MAX)
        return error_set(error, 0, "the weights of the actions of '%s' add up to %llu: give 1 to "
                         "4294967295", type->name, (unsigned long long)weights);
    return 0;
}

static int check_type(const struct definition *definition, uint32_t i, uint64_t *bytes,
                      struct error *error)
{
    const struct definition_type *type = &definition->types[i];
    uint64_t part;
    if (!text_is_stored_name(type->name))
        return error_set(error, 0, "actor type %u has no valid name", i);
    for (uint32_t j = 0; j < i; j++)
        if (strcmp(type->name, definition->types[j].name) == 0)
            return error_set(error, 0, "actor type '%s' is declared twice", type->name);
    if (type->count > DEFINITION_ACTORS)
        return error_set(error, 0, "%u actors of type '%s': at most %d", type->count, type->name,
                         (int)DEFINITION_ACTORS);
    if (type->delay_most_ms < type->delay_ms)
        return error_set(error, 0, "actor type '%s': delay_most_ms is %u, less than delay_ms",
                         type->name, type->delay_most_ms);
    if (type->saboteur > 1)
        return error_set(error, 0, "actor type '%s' makes no sense", type->name);
    if (type->state_size > DEFINITION_BYTES ||
        __builtin_mul_overflow(type->state_size, (uint64_t)DEFINITION_ACTORS, &part) ||
        (*bytes += type->state_size * type->count) > DEFINITION_BYTES)
        return error_set(error, 0, "the actor states of '%s' overflow: %llu bytes for each of %u",
                         type->name, (unsigned long long)type->state_size, type->count);
    return check_actions(type, error);
}

int definition_check(const struct definition *definition, struct error *error)
{
    uint64_t bytes = 0, actors = 0;
    if (!text_is_stored_name(definition->name))
        return error_set(error, 0, "the environment has no valid name");
    if (!memchr(definition->injects, '\0', sizeof definition->injects))
        return error_set(error, 0, "the environment's system calls have no end");
    if (definition->n_types == 0 || definition->n_types > DEFINITION_TYPES)
        return error_set(error, 0, "environment '%s' has no actors", definition->name);
    if (definition->global_size > DEFINITION_BYTES)
        return error_set(error, 0, "the global state of '%s' overflows: %llu bytes",
                         definition->name, (unsigned long long)definition->global_size);
    for (uint32_t i = 0; i < definition->n_types; i++) {
        if (check_type(definition, i, &bytes, error) < 0)
            return -1;
        actors += definition->types[i].count;
    }
    if (actors == 0 || actors > DEFINITION_ACTORS)
        return error_set(error, 0, "environment '%s' has %llu actors: give 1 to %d",
                         definition->name, (unsigned long long)actors, (int)DEFINITION_ACTORS);
    return 0;
}

/* ---- numbers of actors ------------------------------------------------------------------- */

static struct definition_type *type_named(struct definition *definition, const char *name)
{
    for (uint32_t i = 0; i < definition->n_types; i++)
        if (strcmp(definition->types[i].name, name) == 0)
            return &definition->types[i];
    return NULL;
}

/* Writes "reader, writer", or "reader=N,writer=N". */
static const char *type_names(const struct definition *definition, const char *after,
                              const char *between, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < definition->n_types && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s%s", i > 0 ? between : "",
                                 definition->types[i].name, after);
    return text;
}

const uint32_t *definition_count_of(const struct definition_counts *counts, const char *type)
{
    for (uint32_t i = 0; i < counts->n; i++)
        if (strcmp(counts->type[i].name, type) == 0)
            return &counts->type[i].count;
    return NULL;
}

int definition_count_set(struct definition_counts *counts, const char *type, uint32_t count)
{
    uint32_t i = 0;
    while (i < counts->n && strcmp(counts->type[i].name, type) != 0)
        i++;
    if (i == DEFINITION_TYPES)
        return -1;
    counts->n += i == counts->n;
    text_copy(counts->type[i].name, sizeof counts->type[i].name, type);
    counts->type[i].count = count;
    return 0;
}

/* A number without a name is that of the only type that it can be of. */
static int name_only(struct definition *definition, struct definition_counts *counts,
                     struct error *error)
{
    struct definition_type *only = NULL;
    unsigned n = 0;
    char names[512];
    for (uint32_t i = 0; i < definition->n_types; i++)
        if (!definition->types[i].saboteur) {
            only = &definition->types[i];
            n++;
        }
    if (n != 1)
        return error_set(error, 0, "--actors=%u: %s: give --actors=%s", counts->only,
                         n > 0 ? "the workload has several types of actors"
                               : "the workload has saboteurs only",
                         type_names(definition, "=N", ",", names, sizeof names));
    only->count = definition_count_of(counts, only->name) ? only->count : counts->only;
    counts->only = 0;
    return definition_count_set(counts, only->name, only->count);
}

int definition_recount(struct definition *definition, struct definition_counts *counts,
                       struct error *error)
{
    char names[512];
    for (uint32_t i = 0; i < counts->n; i++) {
        struct definition_type *type = type_named(definition, counts->type[i].name);
        if (!type)
            return error_set(error, 0, "--actors=%s=%u: no such type of actors: there is %s",
                             counts->type[i].name, counts->type[i].count,
                             type_names(definition, "", ", ", names, sizeof names));
        type->count = counts->type[i].count;
    }
    if (counts->only > 0 && name_only(definition, counts, error) < 0)
        return -1;
    return definition_check(definition, error);
}

uint64_t definition_target(const struct definition *definition, uint64_t most)
{
    uint64_t own = definition->target_operations;
    return most > 0 && (own == 0 || own > most) ? most : own;
}

uint32_t definition_actors(const struct definition *definition)
{
    uint32_t actors = 0;
    for (uint32_t i = 0; i < definition->n_types; i++)
        actors += definition->types[i].count;
    return actors;
}

const struct definition_type *definition_type_of(const struct definition *definition,
                                                 uint32_t actor, uint32_t *ret_index)
{
    for (uint32_t i = 0; i < definition->n_types; i++) {
        if (actor < definition->types[i].count) {
            *ret_index = actor;
            return &definition->types[i];
        }
        actor -= definition->types[i].count;
    }
    return NULL;
}

uint32_t definition_action_of(const struct definition_type *type, uint32_t index, uint64_t seed,
                              uint64_t operation)
{
    struct random_stream stream = random_operation(seed, random_actor_key(type->name, index),
                                                   operation);
    uint64_t sum = 0;
    uint32_t i = 0;
    if (type->n_actions < 2)
        return 0;
    for (uint32_t k = 0; k < type->n_actions; k++)
        sum += type->actions[k].weight;
    uint64_t draw = random_below(&stream, sum);
    while (i + 1 < type->n_actions && draw >= type->actions[i].weight)
        draw -= type->actions[i++].weight;
    return i;
}
