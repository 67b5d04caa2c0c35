/* SPDX-License-Identifier: MIT
 * episode.c: a workload that `crash` runs again and again; crash.test runs it. Its setup checks
 * that nothing is left of the previous run: in the image, the shared memory, the rules.
 *     -- --break=N     the reset hook crashes after N puts in this run
 *     -- --mend=1      the reset hook cuts the file to what was put
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <stress.h>
#include <string.h>
#include <unistd.h>

struct world {
    _Atomic unsigned runs, puts;
    _Atomic int64_t armed; /* handle + 1 */
};

struct keeper {
    unsigned operations;
};

static unsigned runs, fatal_puts;
static bool mends;
static int file = -1;
static volatile int *volatile nowhere; /* NULL */

static enum stress_outcome put(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    struct keeper *keeper = stress_actor_state(actor);
    if (keeper->operations++ != stress_actor_operation(actor))
        return stress_actor_fail(actor, "%u operations before this one", keeper->operations - 1);
    for (int i = 0; i < 3; i++) {
        if (write(file, "a", 1) != 1)
            return stress_actor_fail(actor, "write: %m");
        atomic_fetch_add(&world->puts, 1);
    }
    return STRESS_OK;
}

static enum stress_env_result setup(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    char path[4096];
    fatal_puts = (unsigned)strtoul(stress_env_argument(env, "break", "1000"), NULL, 10);
    mends = strcmp(stress_env_argument(env, "mend", "0"), "1") == 0;
    if (runs++ > 0 || atomic_fetch_add(&world->runs, 1) > stress_env_restarts(env))
        return stress_env_fail(env, "the previous run has left something");
    if (stress_env_restarts(env) == 0 && stress_env_inject_fired(env, 0) != -ENOENT)
        return stress_env_fail(env, "a rule that the previous run armed is still there");
    snprintf(path, sizeof path, "%s/puts", stress_env_scratch(env));
    file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return file < 0 ? stress_env_fail(env, "%s: %m", path) : STRESS_ENV_OK;
}

static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    struct world *world = stress_env_global(env);
    (void)why;
    if (atomic_load(&world->puts) == fatal_puts)
        *nowhere = 0;
    if (mends && ftruncate(file, (off_t)atomic_load(&world->puts)) < 0)
        return stress_env_fail(env, "ftruncate: %m");
    /* Never to fire: nobody performs any more. */
    int keeper = stress_env_actor_find(env, "keeper", 0);
    atomic_store(&world->armed, 1 + stress_env_inject(env, keeper, "write:error=EROFS"));
    return atomic_load(&world->armed) > 0 ? STRESS_ENV_OK : stress_env_fail(env, "cannot arm");
}

static enum stress_env_result check(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    off_t size = lseek(file, 0, SEEK_END);
    unsigned puts = atomic_load(&world->puts);
    return size == (off_t)puts || size == (off_t)puts + 1
               ? STRESS_ENV_OK : stress_env_fail(env, "%u puts, %jd bytes", puts, (intmax_t)size);
}

static const struct stress_actor_spec actors[] = {
    { .name = "keeper", .state_size = sizeof(struct keeper), .perform = put }, { 0 } };

static const struct stress_env_spec env = {
    .name = "episode", .global_size = sizeof(struct world), .actors = actors,
    .target_operations = 2, .setup = setup, .reset = reset, .check = check, .injects = "write",
};
STRESS_WORKLOAD(env)
