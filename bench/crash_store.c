/* SPDX-License-Identifier: MIT
 * crash_store.c: the writer and the checker of examples/stores as a workload: the same code as the
 * program store-lmdb, called by an actor and by hooks instead of executed.
 */
#include <stress.h>

#include "examples/stores/store.h"

enum { PUTS = 300 };

static enum stress_outcome perform(struct stress_actor *actor)
{
    return store_write(stress_actor_scratch(actor), PUTS) == 0
               ? STRESS_OK : stress_actor_fail(actor, "the store refused");
}

static enum stress_env_result setup(struct stress_env *env)
{
    return store_set_up(stress_env_scratch(env)) == 0 ? STRESS_ENV_OK
                                                      : stress_env_fail(env, "cannot set up");
}

static enum stress_env_result check(struct stress_env *env)
{
    return store_check(stress_env_scratch(env)) == 0
               ? STRESS_ENV_OK : stress_env_fail(env, "the store did not keep its word");
}

static const struct stress_actor_spec actors[] = {
    { .name = "writer", .perform = perform }, { 0 } };

static const struct stress_env_spec environment = {
    .name = "crash_store", .actors = actors, .target_operations = 1, .setup = setup,
    .check = check,
};
STRESS_WORKLOAD(environment)
