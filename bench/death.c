/* SPDX-License-Identifier: MIT
 * death.c: the time from the death of an actor until the same actor performs again. Every other
 * reset hook measures a bare fork, _exit and wait of the same image in the same process.
 * `--result=FILE`: receives both, in microseconds. `--death=exit|kill|segv`: how the actor dies.
 * `--pause=MS`: a pause before it dies, so that every stack is read.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stress.h>

#include "base/clock.h"
#include "bench/sample.h"

#ifndef GLOBAL_MIB
#define GLOBAL_MIB 16
#endif

struct world {
    uint64_t died_ns; /* 0: do not measure */
    struct sample ours, bare;
    unsigned char rest[(size_t)GLOBAL_MIB << 20];
};

static volatile int *volatile nowhere; /* NULL */
static bool performed;                  /* in this runner */
static long pause_ms;
static enum death { DEATH_EXIT, DEATH_KILL, DEATH_SEGV } death;

static void die(void)
{
    if (death == DEATH_KILL)
        raise(SIGKILL);
    if (death == DEATH_SEGV)
        *nowhere = 0;
    _exit(1);
}

static enum stress_outcome perform(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    uint64_t now = clock_now();
    if (!performed) {
        performed = true;
        if (world->died_ns != 0)
            sample_add(&world->ours, (double)(now - world->died_ns) / 1e3);
        return STRESS_OK;
    }
    const struct timespec pause = { 0, pause_ms * 1000000 };
    if (pause_ms > 0)
        nanosleep(&pause, NULL);
    world->died_ns = clock_now();
    die();
    return STRESS_FAIL;
}

static enum stress_env_result setup(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    const char *how = stress_env_argument(env, "death", "exit");
    death = strcmp(how, "kill") == 0 ? DEATH_KILL : strcmp(how, "segv") == 0 ? DEATH_SEGV
                                                                              : DEATH_EXIT;
    pause_ms = strtol(stress_env_argument(env, "pause", "0"), NULL, 10);
    memset(world->rest, 1, sizeof world->rest);
    return stress_env_argument(env, "result", NULL) ? STRESS_ENV_OK
                                                    : stress_env_fail(env, "--result is missing");
}

static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    struct world *world = stress_env_global(env);
    (void)why;
    if (stress_env_generation(env) % 2 == 0)
        return STRESS_ENV_OK;
    world->died_ns = 0;
    uint64_t begun = clock_now();
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid < 0 || waitpid(pid, NULL, 0) != pid)
        return stress_env_fail(env, "cannot fork and wait");
    sample_add(&world->bare, (double)(clock_now() - begun) / 1e3);
    return STRESS_ENV_OK;
}

static enum stress_env_result teardown(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    if (sample_write(stress_env_argument(env, "result", ""), &world->ours, &world->bare, NULL) < 0)
        return stress_env_fail(env, "cannot write the result");
    return STRESS_ENV_OK;
}

static const struct stress_actor_spec actors[] = {
    { .name = "mortal", .perform = perform }, { 0 } };

static const struct stress_env_spec environment = {
    .name = "death", .global_size = sizeof(struct world), .actors = actors,
    .setup = setup, .reset = reset, .teardown = teardown,
};
STRESS_WORKLOAD(environment)
