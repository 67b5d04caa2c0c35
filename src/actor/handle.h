/* SPDX-License-Identifier: MIT
 * handle.h: the definition of `struct stress_actor`: one actor as its runner sees it. The
 * supervisor fills it in right before the fork; a runner process has exactly one.
 *
 * Runs in: supervisor, runner.
 */
#ifndef ACTOR_HANDLE_H
#define ACTOR_HANDLE_H

#include <pthread.h>
#include <stdint.h>

#include "base/base.h"
#include "env/env.h"
#include "inject/inject.h"
#include "memory/memory.h"

struct stress_actor {
    struct stress_random random;  /* stream of an operation, seeded at its first draw */
    uint64_t seeded_for;          /* the operation that `random` is seeded for, + 1; 0: none */
    pthread_mutex_t failing;      /* guards `failed`, the slot's message and the note */
    bool failed;                  /* the current operation called stress_actor_fail() */
    uint64_t operation;           /* index of the current operation */
    uint64_t seed, key;           /* of the run; of this actor */
    uint64_t incarnation;         /* `starts` in its ledger, this runner included */
    const struct layout_header *header;
    const struct layout_ledger *ledger;
    struct layout_slot *slot;
    struct layout_logged *log;    /* behind the slot: log_mask + 1 operations */
    struct layout_note *notes;    /* as many */
    uint64_t log_mask;
    bool listed;                  /* it performs the operations of a list: see `ordered` */
    const struct stress_action_spec *actions; /* n_actions of them, or ... */
    struct stress_action_spec single;         /* ... this one, made of a single perform */
    uint32_t n_actions, weights;  /* sum of their weights */
    uint32_t number, index;
    uint64_t delay_ns, delay_most_ns; /* between two operations, drawn; 0: none */
    int output;                   /* write end of the pipe to the monitor */
    int tickets_calls;            /* pipe that wakes the supervisor to give tickets */
    int tracer;                   /* socket to the process that reads stacks */
    struct stress_env *env;       /* read-only here */
    const struct definition_type *type;
    const struct stress_actor_spec *user;
};

/* Runner: returns the stream of the current operation as it is before the first draw. */
static inline struct random_stream actor_first_draw(const struct stress_actor *actor)
{
    return random_operation(actor->seed, actor->key, actor->operation);
}

/* Runner: returns the stream of the current operation, seeded at the first call. */
static inline struct random_stream *actor_stream(struct stress_actor *actor)
{
    if (actor->seeded_for != actor->operation + 1) {
        *random_inside(&actor->random) = actor_first_draw(actor);
        actor->seeded_for = actor->operation + 1;
    }
    return random_inside(&actor->random);
}

/* Runner: returns how long to wait after the current operation. It depends on what the operation's
 * random numbers depend on, and not on them. */
static inline uint64_t actor_delay(const struct stress_actor *actor)
{
    struct random_stream stream = random_operation(actor->seed, random_mix(actor->key),
                                                   actor->operation);
    return actor->delay_ns + random_below(&stream, actor->delay_most_ns - actor->delay_ns + 1);
}

/* Runner: is the stop flag set? */
static inline bool actor_stopping(const struct stress_actor *actor)
{
    return atomic_load_explicit(&actor->header->stop, memory_order_relaxed) != 0;
}

/* Returns how the actor introduces itself to the injector. Runner; async-signal-safe. */
static inline struct enter_hello actor_hello(const struct stress_actor *actor)
{
    return (struct enter_hello){
        .kind = ENTER_ACTOR, .number = actor->number, .index = actor->index,
        .type = (uint32_t)(actor->type - actor->env->definition.types),
        .incarnation = actor->incarnation };
}

/* Is there a rule that may match calls of this actor? Runner; async-signal-safe. */
static inline bool actor_is_injected(const struct stress_actor *actor)
{
    const struct inject_plan *plan = actor->env->inject;
    struct enter_hello hello = actor_hello(actor);
    return plan && !plan->hook_entered &&
           share_concerns(plan->share, RULE_OF_ACTOR, hello.type, hello.index, NULL);
}

/* Fills in the handle. Supervisor, before the fork. */
void actor_init(struct stress_actor *actor, struct stress_env *env, uint32_t number,
                int output, int tickets_calls);

#endif
