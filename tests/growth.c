/* SPDX-License-Identifier: MIT
 * growth.c: a workload for growth.test, which compiles it against headers that are not the
 * library's. All of its actors and actions must be there, the reset hook must be told its reason,
 * and the server must start.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include <stress.h>

enum { ACTIONS = 3, TYPES = 3 };

struct world {
    _Atomic uint64_t done[TYPES][ACTIONS];
    _Atomic uint64_t told;
};

/* Counted is what comes after the reset and after each action was done: however the processes are
 * scheduled, the run does not end before. */
static bool all_done(struct world *world)
{
    for (unsigned i = 0; i < TYPES * ACTIONS; i++)
        if (atomic_load(&world->done[i / ACTIONS][i % ACTIONS]) == 0)
            return false;
    return atomic_load(&world->told) > 0;
}

static enum stress_outcome note(struct stress_actor *a, unsigned action)
{
    static const char *const names[TYPES] = { "first", "second", "third" };
    struct world *world = stress_actor_global(a);
    for (unsigned i = 0; i < TYPES; i++)
        if (strcmp(stress_actor_type(a), names[i]) == 0)
            atomic_fetch_add(&world->done[i][action], 1);
    return all_done(world) ? STRESS_OK : STRESS_UNCOUNTED;
}

static enum stress_outcome one(struct stress_actor *a)
{
    return note(a, 0);
}

static enum stress_outcome two(struct stress_actor *a)
{
    return note(a, 1);
}

static enum stress_outcome three(struct stress_actor *a)
{
    return note(a, 2);
}

static enum stress_outcome sabotage(struct stress_actor *a)
{
    struct world *world = stress_actor_global(a);
    if (atomic_load(&world->told) > 0)
        return STRESS_UNCOUNTED;
    stress_actor_announce(a, "once");
    return STRESS_RESET;
}

static const struct stress_action_spec actions[] = {
    { .name = "one", .weight = 1, .perform = one },
    { .name = "two", .weight = 1, .perform = two },
    { .name = "three", .weight = 1, .perform = three },
    { 0 }
};

static const struct stress_actor_spec actors[] = {
    { .name = "first", .count = 2, .actions = actions },
    { .name = "second", .actions = actions },
    { .name = "third", .actions = actions },
    { .name = "saboteur", .saboteur = true, .delay_ms = 1, .perform = sabotage },
    { 0 }
};

static enum stress_env_result setup(struct stress_env *env)
{
    if (strcmp(stress_version(), STRESS_VERSION) != 0)
        return stress_env_fail(env, "the library is of version %s", stress_version());
    static const char *const argv[] = { "/bin/sh", "-c", "echo ready; exec sleep 1000", NULL };
    struct {
        struct stress_server_spec spec;
        unsigned char behind[64];
    } own;
    memset(&own, 0xff, sizeof own); /* what the library knows nothing of, and what is not there */
    memset(&own, 0, KNOWN_SERVER);
    own.spec.name = "server";
    own.spec.argv = argv;
    own.spec.ready_line = "ready";
    return stress_env_server_start(env, &own.spec) < 0 ? STRESS_ENV_FAIL : STRESS_ENV_OK;
}

/* Members that are more than the library's are zero. */
static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    struct world *world = stress_env_global(env);
    for (size_t i = KNOWN_RESET; i < sizeof *why; i++)
        if (((const unsigned char *)why)[i] != 0)
            return stress_env_fail(env, "byte %zu of the reason is not zero", i);
    if (why->cause != STRESS_CAUSE_REQUEST || !why->announced)
        return stress_env_fail(env, "the reason is %d", (int)why->cause);
    atomic_store(&world->told, 1);
    return STRESS_ENV_OK;
}

static enum stress_env_result teardown(struct stress_env *env)
{
    if (!all_done(stress_env_global(env)))
        return stress_env_fail(env, "an action was never done, or there was no reset");
    return STRESS_ENV_OK;
}

static const struct stress_env_spec env = {
    .name = "growth", .global_size = sizeof(struct world), .actors = actors,
    .target_operations = 1000, .setup = setup, .reset = reset, .teardown = teardown
};

STRESS_WORKLOAD(env)
