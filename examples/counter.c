/* SPDX-License-Identifier: MIT
 * counter.c: four actors count up one number in shared memory. The number must be the sum of what
 * each of them has counted. Copy this file to begin a workload of your own.
 */
#include <errno.h>
#include <string.h>

#include <stress.h>

/* The global state: all processes share it, and it outlives them. Volatile members are stored in
 * the order in which the code below stores them, whenever a process is killed. */
struct world {
    struct stress_lock lock;
    volatile uint64_t total;
    uint64_t cut_off; /* operations that were cut off, in the whole run */
};

/* The actor state: one for each actor. It outlives the actor's process. */
struct tally {
    volatile uint64_t counted;
};

/* Runs once, before any actor. */
static enum stress_env_result setup(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    int error = stress_lock_init(&world->lock);
    if (error < 0)
        return stress_env_fail(env, "cannot initialise the lock: %s", strerror(-error));
    return STRESS_ENV_OK;
}

/* The operation: each actor performs it again and again, in a process of its own. */
static enum stress_outcome count(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    struct tally *tally = stress_actor_state(actor);
    int error = stress_lock_take(&world->lock);
    if (error < 0 && error != -EOWNERDEAD) /* that one: taken, but its last owner was killed */
        return stress_actor_fail(actor, "cannot take the lock: %s", strerror(-error));
    world->total++; /* an actor that is killed after this line is one behind the total */
    tally->counted++;
    stress_lock_release(&world->lock);
    return STRESS_OK;
}

/* Runs after a death, before all actors start again. */
static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    struct world *world = stress_env_global(env);
    (void)why;
    for (int i = 0; i < stress_env_actor_count(env); i++)
        world->cut_off += stress_env_cut_off(env, i, NULL, NULL);
    return STRESS_ENV_OK;
}

/* Runs after each reset, and at the end: is everything as it must be? */
static enum stress_env_result check(struct stress_env *env)
{
    const struct world *world = stress_env_global(env);
    uint64_t sum = 0;
    for (int i = 0; i < stress_env_actor_count(env); i++)
        sum += ((const struct tally *)stress_env_actor_state(env, i))->counted;
    if (world->total < sum || world->total > sum + world->cut_off)
        return stress_env_fail(env, "the total is not the sum of the actors");
    return STRESS_ENV_OK;
}

static const struct stress_actor_spec actors[] = {
    { .name = "counter", .count = 4, .state_size = sizeof(struct tally), .perform = count }, {0} };

static const struct stress_env_spec counter = {
    .name = "counter", .global_size = sizeof(struct world), .actors = actors,
    .time_limit_s = 10, .setup = setup, .reset = reset, .check = check };

STRESS_WORKLOAD(counter)
