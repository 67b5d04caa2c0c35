/* SPDX-License-Identifier: MIT
 * handle.c: the functions of <stress.h> that operations call. Runner process.
 */
#include "actor/handle.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

void actor_init(struct stress_actor *actor, struct stress_env *env, uint32_t number,
                int output, int tickets_calls)
{
    uint32_t index = 0;
    const struct definition_type *type = definition_type_of(&env->definition, number, &index);
    const struct stress_actor_spec *user = environment_type(env, number);
    *actor = (struct stress_actor){
        .seed = env->config.seed,
        .key = random_actor_key(type->name, index),
        .header = env->control.header,
        .ledger = control_ledger(&env->control, number),
        .slot = control_slot(&env->control, number),
        .log = control_log(&env->control, number),
        .notes = control_notes(&env->control, number),
        .log_mask = env->control.plan.n_logged - 1,
        .listed = env->config.serial == WIRE_LISTED,
        .single = { .name = type->name, .weight = 1, .perform = user->perform },
        .n_actions = type->n_actions,
        .number = number,
        .index = index,
        .output = output,
        .tickets_calls = tickets_calls,
        .env = env,
        .type = type,
        .user = user,
        .operation = atomic_load(&control_ledger(&env->control, number)->next_operation),
        .incarnation = atomic_load(&control_ledger(&env->control, number)->starts) + 1,
    };
    pthread_mutex_init(&actor->failing, NULL);
    if (!env->config.serial) {
        actor->delay_ns = type->delay_ms * CLOCK_MILLISECOND;
        actor->delay_most_ns = type->delay_most_ms * CLOCK_MILLISECOND;
    }
    actor->actions = user->actions ? user->actions : &actor->single;
    for (uint32_t i = 0; i < type->n_actions; i++)
        actor->weights += type->actions[i].weight;
}

void *stress_actor_global(const struct stress_actor *actor)
{
    return actor->env->global;
}

void *stress_actor_state(const struct stress_actor *actor)
{
    return stress_env_actor_state(actor->env, (int)actor->number);
}

const void *stress_actor_state_of(const struct stress_actor *actor, int other)
{
    return stress_env_actor_state(actor->env, other);
}

const char *stress_actor_type(const struct stress_actor *actor)
{
    return actor->type->name;
}

unsigned stress_actor_index(const struct stress_actor *actor)
{
    return actor->index;
}

int stress_actor_number(const struct stress_actor *actor)
{
    return (int)actor->number;
}

int stress_actor_count(const struct stress_actor *actor)
{
    return (int)actor->header->n_actors;
}

int stress_actor_find(const struct stress_actor *actor, const char *type, unsigned index)
{
    return stress_env_actor_find(actor->env, type, index);
}

uint64_t stress_actor_operation(const struct stress_actor *actor)
{
    return actor->operation;
}

uint64_t stress_actor_generation(const struct stress_actor *actor)
{
    return atomic_load_explicit(&actor->header->generation, memory_order_relaxed);
}

const char *stress_actor_scratch(const struct stress_actor *actor)
{
    return actor->env->config.scratch;
}

const char *stress_actor_witness(const struct stress_actor *actor)
{
    return actor->env->config.witness;
}

bool stress_actor_stopping(const struct stress_actor *actor)
{
    return actor_stopping(actor);
}

/* A second thread waits while the first one writes: the message is complete when either returns. */
enum stress_outcome stress_actor_fail(struct stress_actor *actor, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&actor->failing);
    if (!actor->failed)
        vsnprintf(actor->slot->message, sizeof actor->slot->message, format, arguments);
    actor->failed = true;
    pthread_mutex_unlock(&actor->failing);
    va_end(arguments);
    return STRESS_FAIL;
}

void stress_actor_note(struct stress_actor *actor, const char *format, ...)
{
    char text[LAYOUT_NOTE];
    va_list arguments;
    if (atomic_load_explicit(&actor->slot->phase, memory_order_relaxed) != PHASE_PERFORMING)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&actor->failing);
    note_leave(&actor->notes[actor->operation & actor->log_mask], actor->operation, text);
    pthread_mutex_unlock(&actor->failing);
}

struct stress_random *stress_actor_random(struct stress_actor *actor)
{
    actor_stream(actor);
    return &actor->random;
}

void stress_actor_random_split(const struct stress_actor *actor, unsigned n,
                               struct stress_random *ret)
{
    memset(ret, 0, sizeof *ret);
    *random_inside(ret) = random_split(actor_first_draw(actor), n);
}

/* Marks a target in the shared breaks. The store is ordered before the saboteur's next action. */
static void announce(struct stress_actor *actor, uint32_t target, const char *text)
{
    snprintf(actor->slot->announcement, sizeof actor->slot->announcement, "%s", text);
    atomic_store(&control_breaks(&actor->env->control)[target],
                 stress_actor_generation(actor) + 1);
}

int stress_actor_announce(struct stress_actor *actor, const char *format, ...)
{
    char text[LAYOUT_MESSAGE];
    va_list arguments;
    if (!actor->type->saboteur)
        return -EPERM;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    announce(actor, 0, text);
    return 0;
}

static const char *signal_name(int signo)
{
    const char *name = sigabbrev_np(signo);
    return name ? name : "?";
}

/* Signals a process group of the run. The supervisor clears the pid in shared memory before it
 * reaps, so a pid that is found there still belongs to that process. */
static int signal_group(_Atomic int32_t *shared, int signo)
{
    pid_t pid = atomic_load(shared);
    if (pid <= 1)
        return -ESRCH;
    return kill(-pid, signo) == 0 ? 0 : -errno;
}

int stress_actor_signal(struct stress_actor *actor, int target, int signo)
{
    char text[LAYOUT_MESSAGE];
    uint32_t number = (uint32_t)target, index;
    const struct definition_type *type = definition_type_of(&actor->env->definition, number,
                                                            &index);
    if (!actor->type->saboteur)
        return -EPERM;
    if (!type)
        return -ENOENT;
    snprintf(text, sizeof text, "SIG%s to %s.%u", signal_name(signo), type->name, index);
    announce(actor, 1 + number, text);
    return signal_group(&control_ledger(&actor->env->control, number)->pid, signo);
}

int stress_actor_signal_server(struct stress_actor *actor, const char *name, int signo)
{
    const struct control *control = &actor->env->control;
    char text[LAYOUT_MESSAGE];
    if (!actor->type->saboteur)
        return -EPERM;
    for (uint32_t i = 0; i < control->header->n_servers; i++) {
        struct layout_server *server = control_server(control, i);
        if (strcmp(server->name, name) != 0)
            continue;
        snprintf(text, sizeof text, "SIG%s to %s", signal_name(signo), name);
        announce(actor, 1 + control->header->n_actors + i, text);
        return signal_group(&server->pid, signo);
    }
    return -ENOENT;
}
