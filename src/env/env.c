/* SPDX-License-Identifier: MIT
 * env.c: the functions of <stress.h> that hooks call.
 */
#include "env/env.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "memory/memory.h"

/* Returns NULL if `actor` is negative or out of range. */
static const struct definition_type *type_of(const struct stress_env *env, int actor,
                                             uint32_t *ret_index)
{
    return definition_type_of(&env->definition, (uint32_t)actor, ret_index);
}

const struct stress_actor_spec *environment_type(const struct stress_env *env, uint32_t actor)
{
    uint32_t index;
    const struct definition_type *type = definition_type_of(&env->definition, actor, &index);
    return type ? &env->declared.types[type - env->definition.types] : NULL;
}

void *stress_env_global(const struct stress_env *env)
{
    return env->global;
}

int stress_env_global_fd(const struct stress_env *env)
{
    return env->global_fd;
}

int stress_env_actor_count(const struct stress_env *env)
{
    return (int)definition_actors(&env->definition);
}

int stress_env_set_count(struct stress_env *env, const char *type, unsigned count)
{
    struct definition *definition = &env->definition;
    if (!env->in_setup)
        return -EPERM;
    for (uint32_t i = 0; i < definition->n_types; i++) {
        struct definition_type *candidate = &definition->types[i];
        if (strcmp(candidate->name, type) != 0)
            continue;
        if (count > DEFINITION_ACTORS ||
            definition_actors(definition) - candidate->count + count > DEFINITION_ACTORS)
            return -E2BIG;
        if (!definition_count_of(&env->config.counts, type))
            candidate->count = count;
        return 0;
    }
    return -ENOENT;
}

int stress_env_actor_find(const struct stress_env *env, const char *type, unsigned index)
{
    const struct definition *definition = &env->definition;
    uint32_t before = 0;
    for (uint32_t i = 0; i < definition->n_types; before += definition->types[i++].count)
        if (strcmp(definition->types[i].name, type) == 0)
            return index < definition->types[i].count ? (int)(before + index) : -ENOENT;
    return -ENOENT;
}

const char *stress_env_actor_type(const struct stress_env *env, int actor)
{
    uint32_t index;
    const struct definition_type *type = type_of(env, actor, &index);
    return type ? type->name : NULL;
}

unsigned stress_env_actor_index(const struct stress_env *env, int actor)
{
    uint32_t index = 0;
    return type_of(env, actor, &index) ? index : 0;
}

void *stress_env_actor_state(const struct stress_env *env, int actor)
{
    uint32_t index;
    const struct definition_type *type = type_of(env, actor, &index);
    if (!type || type->state_size == 0 || !env->states)
        return NULL;
    return env->states + memory_state_offset(&env->definition, (uint32_t)actor);
}

bool stress_env_cut_off(const struct stress_env *env, int actor, uint64_t *operation,
                        const char **action)
{
    uint32_t index;
    const struct definition_type *type = type_of(env, actor, &index);
    if (!type || !env->control.header)
        return false;
    const struct layout_ledger *ledger = control_ledger(&env->control, (uint32_t)actor);
    if (ledger->cut_generation != stress_env_generation(env) + 1)
        return false;
    if (operation)
        *operation = ledger->cut_operation;
    if (action)
        *action = type->actions[ledger->cut_action].name;
    return true;
}

uint64_t stress_env_generation(const struct stress_env *env)
{
    const struct layout_header *header = env->control.header;
    return header ? atomic_load(&header->generation) : 0;
}

uint64_t stress_env_seed(const struct stress_env *env)
{
    return env->config.seed;
}

unsigned stress_env_restarts(const struct stress_env *env)
{
    return env->config.restarts;
}

const char *stress_env_scratch(const struct stress_env *env)
{
    return env->config.scratch;
}

const char *stress_env_witness(const struct stress_env *env)
{
    return env->config.witness;
}

int stress_env_arguments(struct stress_env *env, char ***argv)
{
    env->arguments_read = true;
    *argv = env->argv;
    return env->argc;
}

const char *stress_env_argument(struct stress_env *env, const char *name, const char *fallback)
{
    size_t length = strlen(name);
    const char *value = fallback;
    for (int i = 1; i < env->argc; i++) {
        const char *argument = env->argv[i];
        if (strncmp(argument, "--", 2) != 0 || strncmp(argument + 2, name, length) != 0)
            continue;
        const char *rest = argument + 2 + length;
        if (*rest != '\0' && *rest != '=')
            continue;
        env->argument_used[i] = true;
        value = *rest == '=' ? rest + 1 : rest;
    }
    return value;
}

const char *environment_unknown_argument(const struct stress_env *env)
{
    for (int i = 1; i < env->argc && !env->arguments_read; i++)
        if (!env->argument_used[i])
            return env->argv[i];
    return NULL;
}

static void note(struct stress_env *env, const char *format, va_list arguments)
{
    vsnprintf(env->failure, sizeof env->failure, format, arguments);
}

enum stress_env_result stress_env_fail(struct stress_env *env, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note(env, format, arguments);
    va_end(arguments);
    return STRESS_ENV_FAIL;
}

enum stress_env_result stress_env_skip(struct stress_env *env, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note(env, format, arguments);
    va_end(arguments);
    return STRESS_ENV_SKIP;
}

enum stress_env_result stress_env_usage(struct stress_env *env, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note(env, format, arguments);
    va_end(arguments);
    return STRESS_ENV_USAGE;
}
