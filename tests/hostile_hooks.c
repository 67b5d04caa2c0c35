/* SPDX-License-Identifier: MIT
 * hostile_hooks.c: hooks that misbehave, once unless stated otherwise, and the saboteur that causes
 * resets without a finding of its own.
 */
#include "hostile.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The rest of the row's name if the row belongs to this hook; else NULL. */
static const char *misdeed_of(const char *row, const char *hook)
{
    size_t n = strlen(hook);
    return !strncmp(row, hook, n) && row[n] == '-' ? row + n + 1 : NULL;
}

static bool first_time(struct stress_env *env)
{
    struct hostile_world *world = stress_env_global(env);
    return atomic_exchange(&world->hook_done, 1) == 0;
}

/* Reaps a child of the supervisor, so that the supervisor misses its death. */
static void reap_a_runner(void)
{
    FILE *children = fopen("/proc/thread-self/children", "re");
    int pid;
    if (!children || fscanf(children, "%d", &pid) != 1 || kill(pid, SIGKILL) ||
        waitpid(pid, NULL, 0) != pid)
        abort();
    fclose(children);
}

static enum stress_env_result hook(struct stress_env *env, const char *row, const char *name)
{
    const char *misdeed = misdeed_of(row, name);
    if (!misdeed)
        return STRESS_ENV_OK;
    bool first = first_time(env);
    if (!strcmp(misdeed, "segfault-always"))
        raise(SIGSEGV);
    if (!strcmp(misdeed, "fail-always"))
        return stress_env_fail(env, "%s fails on purpose", name);
    if (!strcmp(misdeed, "skip"))
        return stress_env_skip(env, "%s skips on purpose", name);
    if (!first)
        return STRESS_ENV_OK;
    if (!strncmp(misdeed, "returns-", 8))
        return (enum stress_env_result)strtol(misdeed + 8, NULL, 10);
    if (!strcmp(misdeed, "segfault"))
        raise(SIGSEGV);
    if (!strcmp(misdeed, "exit"))
        exit(0);
    if (!strcmp(misdeed, "reaps"))
        reap_a_runner();
    if (!strcmp(misdeed, "forks")) /* both return */
        (void)!fork();
    if (!strcmp(misdeed, "deaf")) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
    }
    if (!strcmp(misdeed, "hang") || !strcmp(misdeed, "deaf"))
        hostile_hang();
    if (!strcmp(misdeed, "fail"))
        return stress_env_fail(env, "%s fails on purpose", name);
    return STRESS_ENV_OK;
}

enum stress_env_result hostile_hook_setup(struct stress_env *env, const char *row)
{
    return hook(env, row, "setup");
}

enum stress_env_result hostile_hook_reset(struct stress_env *env, const char *row)
{
    return hook(env, row, "reset");
}

enum stress_env_result hostile_hook_check(struct stress_env *env, const char *row)
{
    return hook(env, row, "check");
}

enum stress_env_result hostile_hook_teardown(struct stress_env *env, const char *row)
{
    return hook(env, row, "teardown");
}

void hostile_hook_describe(struct stress_env *env, const char *row)
{
    (void)hook(env, row, "describe");
}

static enum stress_outcome ask_for_reset(struct stress_actor *a)
{
    if (stress_actor_announce(a, "a reset on purpose"))
        return stress_actor_fail(a, "a saboteur could not announce");
    return STRESS_RESET;
}

/* Once in each generation, so that each time is a reset of its own. */
static enum stress_outcome kill_good(struct stress_actor *a)
{
    struct hostile_state *state = stress_actor_state(a);
    uint64_t now = stress_actor_generation(a) + 1;
    int r = state->generation == now ? -ESRCH : stress_actor_signal(a, 0, SIGKILL);
    if (r == -ESRCH) { /* or it is not forked yet: that was none */
        state->misdeeds--;
        return hostile_idle();
    }
    state->generation = now;
    return r ? stress_actor_fail(a, "signal refused: %s", strerror(-r)) : STRESS_UNCOUNTED;
}

const struct hostile_row hostile_sabotage[] = {
    { "resets", ask_for_reset },
    { "saboteur-kills", kill_good },
    { 0 }
};
