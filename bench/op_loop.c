/* SPDX-License-Identifier: MIT
 * op_loop.c: the cost that the harness adds to an operation. The operation calls a trivial
 * function. At the end of every batch it calls the same function in a bare loop, and reads the
 * clock in another, so they alternate in one process. `--result=FILE`: receives the nanoseconds per
 * call; without it those loops are left out.
 */
#include <stress.h>

#include "base/clock.h"
#include "bench/sample.h"

enum { BATCH = 500000, CLOCK_BATCH = 10000 };

struct world {
    struct sample ours, bare, clock;
};

static uint64_t calls;
static uint64_t batch_begun_ns;
static uint32_t left = BATCH;
static const char *result;

static __attribute__((noinline)) enum stress_outcome trivial(struct stress_actor *actor)
{
    (void)actor;
    calls++;
    return STRESS_OK;
}

/* As in the runner, the compiler does not know the called function. */
static enum stress_outcome (*volatile const function)(struct stress_actor *) = trivial;

static void end_batch(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    enum stress_outcome (*const call)(struct stress_actor *) = function;
    uint64_t begun = clock_now();
    if (batch_begun_ns != 0)
        sample_add(&world->ours, (double)(begun - batch_begun_ns) / BATCH);
    for (uint32_t i = 0; i < BATCH; i++)
        if (call(actor) != STRESS_OK)
            return;
    uint64_t called = clock_now(), ended = called;
    sample_add(&world->bare, (double)(called - begun) / BATCH);
    for (uint32_t i = 0; i < CLOCK_BATCH; i++)
        ended = clock_now();
    sample_add(&world->clock, (double)(ended - called) / CLOCK_BATCH);
    left = BATCH;
    batch_begun_ns = clock_now();
}

static enum stress_outcome perform(struct stress_actor *actor)
{
    if (--left == 0 && result)
        end_batch(actor);
    return trivial(actor);
}

static enum stress_env_result setup(struct stress_env *env)
{
    result = stress_env_argument(env, "result", NULL);
    unsigned actors = (unsigned)atoi(stress_env_argument(env, "actors", "1"));
    if (stress_env_set_count(env, "looper", actors) < 0)
        return stress_env_fail(env, "cannot have %u actors", actors);
    return STRESS_ENV_OK;
}

static enum stress_env_result teardown(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    if (result && sample_write(result, &world->ours, &world->bare, &world->clock) < 0)
        return stress_env_fail(env, "cannot write %s", result);
    return STRESS_ENV_OK;
}

static const struct stress_actor_spec actors[] = {
    { .name = "looper", .perform = perform }, { 0 } };

static const struct stress_env_spec environment = {
    .name = "op-loop", .global_size = sizeof(struct world), .actors = actors,
    .setup = setup, .teardown = teardown,
};
STRESS_WORKLOAD(environment)
