/* SPDX-License-Identifier: MIT
 * start.c: the time from the start of a generation until all of 1,000 runners have performed. Every
 * other check hook, which is the last step before a generation, measures a bare loop of as many
 * forks in the same process, until all children have run. After all rounds `--result=FILE` receives
 * both, in milliseconds, and the runners go on with one operation in 100 ms each.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stress.h>

#include "base/clock.h"
#include "bench/sample.h"

enum { RUNNERS = 1000, ROUNDS = 7, DELAY_MS = 100 };

struct world {
    uint64_t begun_ns; /* of the generation; 0: do not measure */
    uint64_t done_ns;  /* all have performed */
    _Atomic uint32_t performed, forked;
    uint64_t forked_ns;
    struct sample ours, bare;
};

static bool performed; /* in this runner */
static const char *result;

static enum stress_outcome perform(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    if (performed)
        return STRESS_OK;
    performed = true;
    if (atomic_fetch_add(&world->performed, 1) + 1 < RUNNERS)
        return STRESS_OK;
    world->done_ns = clock_now();
    return world->ours.n < ROUNDS || world->bare.n < ROUNDS ? STRESS_RESET : STRESS_OK;
}

static void be_forked(struct world *world)
{
    if (atomic_fetch_add(&world->forked, 1) + 1 == RUNNERS)
        world->forked_ns = clock_now();
    for (;;)
        pause();
}

static int fork_bare(struct world *world)
{
    static pid_t pids[RUNNERS];
    uint32_t n = 0;
    atomic_store(&world->forked, 0);
    uint64_t begun = clock_now();
    while (n < RUNNERS && (pids[n] = fork()) >= 0)
        if (pids[n++] == 0)
            be_forked(world);
    while (n == RUNNERS && atomic_load(&world->forked) < RUNNERS)
        usleep(100);
    if (n == RUNNERS)
        sample_add(&world->bare, (double)(world->forked_ns - begun) / 1e6);
    for (uint32_t i = 0; i < n; i++)
        kill(pids[i], SIGKILL);
    for (uint32_t i = 0; i < n; i++)
        while (waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
            continue;
    return n == RUNNERS ? 0 : -1;
}

static enum stress_env_result setup(struct stress_env *env)
{
    result = stress_env_argument(env, "result", NULL);
    return result ? STRESS_ENV_OK : stress_env_fail(env, "--result is missing");
}

static enum stress_env_result check(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    if (world->begun_ns != 0 && world->done_ns != 0)
        sample_add(&world->ours, (double)(world->done_ns - world->begun_ns) / 1e6);
    if (world->bare.n < ROUNDS && fork_bare(world) < 0)
        return stress_env_fail(env, "cannot fork %d times", RUNNERS);
    if (world->ours.n == ROUNDS && sample_write(result, &world->ours, &world->bare, NULL) < 0)
        return stress_env_fail(env, "cannot write %s", result);
    atomic_store(&world->performed, 0);
    world->done_ns = 0;
    world->begun_ns = clock_now();
    return STRESS_ENV_OK;
}

static const struct stress_actor_spec actors[] = {
    { .name = "sleeper", .count = RUNNERS, .delay_ms = DELAY_MS, .perform = perform }, { 0 } };

static const struct stress_env_spec environment = {
    .name = "start", .global_size = sizeof(struct world), .actors = actors,
    .setup = setup, .check = check,
};
STRESS_WORKLOAD(environment)
