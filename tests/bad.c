/* SPDX-License-Identifier: MIT
 * bad.c: workloads that must be refused before anything is started: one program for each value of
 * BAD_CASE, see usage.test.
 */
#include <math.h>
#include <stress.h>

static enum stress_outcome work(struct stress_actor *a)
{
    (void)a;
    return STRESS_OK;
}

enum {
    NO_ACTORS = 1,
    DUPLICATE_ACTOR,
    DUPLICATE_ACTION,
    NO_WEIGHT,
    BIG_WEIGHTS,
    BIG_STATE,
    BIG_GLOBAL,
    MANY_ACTORS,
    BAD_NAME,
    LONG_NAME,
    NO_PERFORM,
    BAD_TIME
};
#define IF(which, yes, no) (BAD_CASE == (which) ? (yes) : (no))

static const struct stress_action actions[] = {
    { .name = "put", .weight = IF(NO_WEIGHT, 0, IF(BIG_WEIGHTS, 4000000000u, 1)), .perform = work },
    { .name = IF(DUPLICATE_ACTION, "put", "get"), .weight = IF(NO_WEIGHT, 0, 1000000000u),
      .perform = IF(NO_PERFORM, NULL, work) },
    { 0 }
};

static const struct stress_actor_type actors[] = {
    { .name = IF(BAD_NAME, "wri/ter",
                 IF(LONG_NAME, "a-name-that-is-longer-than-thirty-one-bytes", "writer")),
      .count = IF(MANY_ACTORS, 4000000000u, IF(BIG_STATE, 4, 1)),
      .state_size = IF(BIG_STATE, SIZE_MAX / 4, 8),
      .actions = actions },
    { .name = IF(DUPLICATE_ACTOR, "writer", "reader"), .perform = work },
    { 0 }
};

static const struct stress_actor_type none[] = { { 0 } };

static const struct stress_environment env = {
    .name = "bad",
    .actors = IF(NO_ACTORS, none, actors),
    .global_size = IF(BIG_GLOBAL, SIZE_MAX - 1, 64),
    .time_limit_s = IF(BAD_TIME, NAN, 0)
};

STRESS_WORKLOAD(env)
