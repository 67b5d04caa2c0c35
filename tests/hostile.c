/* SPDX-License-Identifier: MIT
 * hostile.c: a workload that misbehaves. `-- --row=NAME` selects the misdeed, `--times=N` how often
 * it is done. Beside the actor that does it, actors of the type "good" behave well and are counted.
 * They count nothing until the misdeeds are over, so a run cannot end before them.
 */
#include "hostile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GOOD_BEFORE = 20 };

static const struct hostile_row *const tables[] = {
    hostile_deaths, hostile_offspring, hostile_attacks, hostile_memory, hostile_sabotage
};

static const struct hostile_row *row; /* NULL: no actor's misdeed, or a hook's */
static const char *row_name;
static uint64_t times;
static unsigned goods;
const char *hostile_cgroup;
uint64_t hostile_megabytes;

void hostile_pause_for(long ns)
{
    struct timespec t = { 0, ns };
    nanosleep(&t, NULL);
}

void hostile_hang(void)
{
    for (;;)
        pause();
}

enum stress_outcome hostile_idle(void)
{
    hostile_pause_for(1000000);
    return STRESS_UNCOUNTED;
}

/* An operation completes between any two misdeeds, so no death is fruitless. */
static enum stress_outcome misbehave(struct stress_actor *a)
{
    struct hostile_world *world = stress_actor_global(a);
    struct hostile_state *state = stress_actor_state(a);
    if (atomic_load(&world->present) < goods || state->operations++ % 2 == 0)
        return hostile_idle();
    if (state->misdeeds < times) {
        state->misdeeds++;
        return row->misdeed(a);
    }
    atomic_store(&world->released, 1);
    return hostile_idle();
}

/* A dead process holds the lock at most once for each death. */
static enum stress_outcome use_lock(struct hostile_world *world)
{
    int r = stress_lock_take(&world->lock);
    if (r == -EOWNERDEAD)
        atomic_fetch_add(&world->lock_seen, 1);
    else if (r)
        return STRESS_FAIL;
    return stress_lock_release(&world->lock) ? STRESS_FAIL : STRESS_OK;
}

static enum stress_outcome good(struct stress_actor *a)
{
    struct hostile_world *world = stress_actor_global(a);
    struct hostile_state *state = stress_actor_state(a);
    if (state->operations++ == 1)
        atomic_fetch_add(&world->present, 1);
    if (!strcmp(row_name, "lock-owner-dies") && use_lock(world) != STRESS_OK)
        return stress_actor_fail(a, "the lock cannot be used");
    if (atomic_load(&world->released) && atomic_load(&world->present) >= goods)
        return STRESS_OK;
    if (atomic_fetch_add(&world->good, 1) < GOOD_BEFORE)
        return STRESS_OK;
    return hostile_idle();
}

static const struct stress_actor_spec actors[] = {
    { .name = "good", .state_size = sizeof(struct hostile_state), .perform = good },
    { .name = "bad", .state_size = sizeof(struct hostile_state), .perform = misbehave },
    { .name = "saboteur", .saboteur = true, .state_size = sizeof(struct hostile_state),
      .perform = misbehave },
    { 0 }
};

static const struct hostile_row *find_row(const char *name)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (const struct hostile_row *r = tables[i]; r->name; r++)
            if (!strcmp(r->name, name))
                return r;
    return NULL;
}

/* The type that does the row's misdeed. Rows of hooks have a saboteur that asks for resets. */
static int choose_actors(struct stress_env *env)
{
    bool sabotage = false;
    for (const struct hostile_row *r = hostile_sabotage; r->name; r++)
        sabotage = sabotage || r == row;
    int r = stress_env_set_count(env, "good", goods);
    if (!r)
        r = stress_env_set_count(env, "bad", row && !sabotage ? 1 : 0);
    return r ? r : stress_env_set_count(env, "saboteur", sabotage ? 1 : 0);
}

static enum stress_env_result setup(struct stress_env *env)
{
    struct hostile_world *world = stress_env_global(env);
    row_name = stress_env_argument(env, "row", "none");
    times = strtoull(stress_env_argument(env, "times", "1"), NULL, 10);
    goods = (unsigned)strtoul(stress_env_argument(env, "goods", "1"), NULL, 10);
    hostile_cgroup = stress_env_argument(env, "cgroup", "");
    hostile_megabytes = strtoull(stress_env_argument(env, "megabytes", "1024"), NULL, 10);
    row = find_row(row_name);
    if (!strncmp(row_name, "reset-", 6) || !strncmp(row_name, "check-", 6))
        row = find_row("resets");
    if (!strncmp(row_name, "describe-", 9))
        row = find_row("fails");
    if (!stress_env_restarts(env) && stress_lock_init(&world->lock))
        return stress_env_fail(env, "cannot make the lock");
    if (!row)
        atomic_store(&world->released, 1);
    if (choose_actors(env))
        return stress_env_fail(env, "the counts were refused");
    return hostile_hook_setup(env, row_name);
}

static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    (void)why;
    return hostile_hook_reset(env, row_name);
}

static enum stress_env_result check(struct stress_env *env)
{
    struct hostile_world *world = stress_env_global(env);
    if (!strcmp(row_name, "lock-owner-dies")) {
        if (use_lock(world) != STRESS_OK)
            return stress_env_fail(env, "the lock cannot be used");
        if (atomic_load(&world->lock_seen) != atomic_load(&world->lock_deaths))
            return stress_env_fail(env, "the next taker was not told of the death");
    }
    return hostile_hook_check(env, row_name);
}

static enum stress_env_result teardown(struct stress_env *env)
{
    return hostile_hook_teardown(env, row_name);
}

static void describe(struct stress_env *env, char *text, size_t size)
{
    hostile_hook_describe(env, row_name);
    strncpy(text, "hostile", size);
    text[size - 1] = 0;
}

static const struct stress_env_spec env = {
    .name = "hostile", .global_size = sizeof(struct hostile_world), .actors = actors,
    .setup = setup, .reset = reset, .check = check, .teardown = teardown, .describe = describe
};

STRESS_WORKLOAD(env)
