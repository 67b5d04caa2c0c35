/* SPDX-License-Identifier: MIT
 * bad.c: a workload that must be refused before anything is started: the variable BAD_CASE of the
 * environment selects what is wrong with it; see usage.test.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <stress.h>

static enum stress_outcome work(struct stress_actor *a)
{
    (void)a;
    return STRESS_OK;
}

static struct stress_action_spec actions[] = {
    { .name = "put", .weight = 1, .perform = work },
    { .name = "get", .weight = 1, .perform = work },
    { 0 }
};

static struct stress_actor_spec actors[] = {
    { .name = "writer", .actions = actions },
    { .name = "reader", .perform = work },
    { 0 }
};

static struct stress_env_spec env = { .name = "bad", .actors = actors };

static void no_actors(void)
{
    actors[0].name = NULL;
}
static void duplicate_actor(void)
{
    actors[1].name = "writer";
}
static void duplicate_action(void)
{
    actions[1].name = "put";
}
static void no_weight(void)
{
    actions[0].weight = actions[1].weight = 0;
}
static void big_weights(void)
{
    actions[0].weight = actions[1].weight = 4000000000;
}
static void big_state(void)
{
    actors[0].count = 4;
    actors[0].state_size = SIZE_MAX / 4;
}
static void big_global(void)
{
    env.global_size = SIZE_MAX - 1;
}
static void many_actors(void)
{
    actors[0].count = 4000000000;
}
static void bad_name(void)
{
    actors[0].name = "wri/ter";
}
static void long_name(void)
{
    actors[0].name = "a-name-that-is-longer-than-thirty-one-bytes";
}
static void no_perform(void)
{
    actions[1].perform = NULL;
}
static void bad_time(void)
{
    env.time_limit_s = NAN;
}

static const struct {
    const char *name;
    void (*spoil)(void);
} cases[] = {
    { "no-actors", no_actors }, { "duplicate-actor", duplicate_actor },
    { "duplicate-action", duplicate_action }, { "no-weight", no_weight },
    { "big-weights", big_weights }, { "big-state", big_state }, { "big-global", big_global },
    { "many-actors", many_actors }, { "bad-name", bad_name }, { "long-name", long_name },
    { "no-perform", no_perform }, { "bad-time", bad_time },
};

/* Before main(), so before the library looks. */
__attribute__((constructor)) static void spoil(void)
{
    const char *name = getenv("BAD_CASE");
    for (size_t i = 0; name && i < sizeof cases / sizeof *cases; i++)
        if (strcmp(cases[i].name, name) == 0)
            cases[i].spoil();
}

STRESS_WORKLOAD(env)
