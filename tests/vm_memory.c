/* SPDX-License-Identifier: MIT
 * vm_memory.c: a workload whose kernel panics in the first life, in the middle of an operation that
 * holds a lock of the environment: its memory must be there in the next life, and the lock free.
 * Runs as root in a machine of `stress-supervisor vm` and nowhere else.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include <stress.h>

enum { ACTORS = 2, PANIC_AT = 10, FAR = 3 << 20 };

struct world {
    struct stress_lock lock;
    uint64_t sum;              /* of the operations that have ended */
    unsigned char between[FAR];
    uint64_t last;             /* beyond many pages */
};

struct mine {
    uint64_t ended;
};

static bool dies; /* this life */

static enum stress_outcome add(struct stress_actor *a)
{
    struct world *world = stress_actor_global(a);
    struct mine *mine = stress_actor_state(a);
    int locked = stress_lock_try(&world->lock, 20000);
    if (locked != 0)
        return stress_actor_fail(a, "the lock is not free: %d", locked);
    if (dies && world->sum == PANIC_AT) {
        int fd = open("/proc/sysrq-trigger", O_WRONLY);
        if (fd < 0 || write(fd, "c", 1) < 0)
            return stress_actor_fail(a, "cannot make the kernel panic");
        pause();
    }
    world->last = ++world->sum;
    mine->ended++;
    stress_lock_release(&world->lock);
    return STRESS_OK;
}

static enum stress_env_result setup(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    bool inherits = world->sum > 0;
    dies = stress_env_seed(env) == 1; /* the next life has another one */
    if (inherits != (stress_env_restarts(env) > 0))
        return stress_env_fail(env, "%u restarts with the sum %ju", stress_env_restarts(env),
                               (uintmax_t)world->sum);
    return stress_lock_init(&world->lock) == 0 ? STRESS_ENV_OK
                                               : stress_env_fail(env, "no lock");
}

static enum stress_env_result check(struct stress_env *env)
{
    const struct world *world = stress_env_global(env);
    uint64_t ended = 0;
    for (int i = 0; i < ACTORS; i++) {
        const struct mine *mine = stress_env_actor_state(env, i);
        ended += mine->ended;
    }
    if (world->last != world->sum || ended != world->sum)
        return stress_env_fail(env, "the sum is %ju, at the end %ju, of the actors %ju",
                               (uintmax_t)world->sum, (uintmax_t)world->last, (uintmax_t)ended);
    return STRESS_ENV_OK;
}

static const struct stress_actor_spec actors[] = {
    { .name = "adder", .count = ACTORS, .state_size = sizeof(struct mine), .perform = add }, {0} };

static const struct stress_env_spec memory = {
    .name = "memory", .global_size = sizeof(struct world), .actors = actors, .setup = setup,
    .check = check };

STRESS_WORKLOAD(memory)
