/* SPDX-License-Identifier: MIT
 * workload.cc: a workload in C++ before C++20, for cxx.test: two writers append to a vector of their
 * own, and the total in the global state is what they wrote. Functions fill in the specs.
 */
#include <atomic>
#include <numeric>
#include <vector>

#include <stress.h>

namespace {

struct World {
    std::atomic<uint64_t> total;
};

struct Written {
    std::atomic<uint64_t> count;
};

World &world(stress_actor *actor)
{
    return *static_cast<World *>(stress_actor_global(actor));
}

stress_outcome put(stress_actor *actor)
{
    std::vector<uint64_t> parts(1 + stress_random_below(stress_actor_random(actor), 4), 1);
    uint64_t written = std::accumulate(parts.begin(), parts.end(), uint64_t{0});
    if (written == 0)
        return stress_actor_fail(actor, "%zu parts, but nothing written", parts.size());
    static_cast<Written *>(stress_actor_state(actor))->count += written;
    world(actor).total += written;
    return STRESS_OK;
}

stress_env_result check(stress_env *env)
{
    uint64_t sum = 0;
    for (int i = 0; i < stress_env_actor_count(env); i++)
        sum += static_cast<Written *>(stress_env_actor_state(env, i))->count;
    if (sum != static_cast<World *>(stress_env_global(env))->total)
        return stress_env_fail(env, "the total is not what was written");
    return STRESS_ENV_OK;
}

stress_action_spec action(const char *name, unsigned weight,
                          stress_outcome (*perform)(stress_actor *))
{
    stress_action_spec spec{};
    spec.name = name;
    spec.weight = weight;
    spec.perform = perform;
    return spec;
}

const stress_action_spec actions[] = { action("put", 1, put), {} };

stress_actor_spec writer()
{
    stress_actor_spec spec{};
    spec.name = "writer";
    spec.count = 2;
    spec.state_size = sizeof(Written);
    spec.actions = actions;
    return spec;
}

const stress_actor_spec actors[] = { writer(), {} };

stress_env_spec cxx()
{
    stress_env_spec spec{};
    spec.name = "cxx";
    spec.global_size = sizeof(World);
    spec.actors = actors;
    spec.target_operations = 1000;
    spec.check = check;
    return spec;
}

const stress_env_spec environment = cxx();

} // namespace

STRESS_WORKLOAD(environment)
