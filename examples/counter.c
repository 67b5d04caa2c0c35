/* SPDX-License-Identifier: MIT
 * counter.c: four processes count up one number in shared memory; it must equal what they did. */
#include <errno.h>
#include <stress.h>
struct world { struct stress_lock lock; volatile uint64_t total; };
static enum stress_outcome setup(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    int error = stress_env_restarts(env) > 0 ? 0 : stress_lock_init(&world->lock);
    return error ? stress_env_fail(env, "cannot make the lock: error %d", -error) : STRESS_OK;
}
static enum stress_outcome count(struct stress_actor *actor)
{
    struct world *world = stress_global(actor);
    int error = stress_lock_take(&world->lock);
    if (error != 0 && error != -EOWNERDEAD) /* the latter: taken, its last owner was killed */
        return stress_fail(actor, "cannot take the lock: error %d", -error);
    world->total++; /* cut off behind this line, an actor has counted here, but not there */
    ++*(volatile uint64_t *)stress_state(actor);
    stress_lock_release(&world->lock);
    return STRESS_OK;
}
static enum stress_outcome check(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    uint64_t sum = 0, cut_off = 0; /* ... so the total may be ahead by one for each cut off */
    for (unsigned i = 0; i < stress_env_actors(env); i++) {
        sum += *(uint64_t *)stress_env_actor_state(env, i);
        cut_off += stress_env_cut_off(env, i, NULL, NULL);
    }
    bool right = sum <= world->total && world->total <= sum + cut_off;
    world->total = sum;
    return right ? STRESS_OK : stress_env_fail(env, "the total is not the sum of the actors");
}
static const struct stress_actor_type actors[] = {
    { .name = "counter", .count = 4, .state_size = sizeof(uint64_t), .perform = count }, {0} };
static const struct stress_environment env = { .name = "counter", .actors = actors,
    .global_size = sizeof(struct world), .setup = setup, .check = check, .time_limit_s = 10 };
STRESS_WORKLOAD(env)
