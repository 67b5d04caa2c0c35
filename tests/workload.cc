/* SPDX-License-Identifier: MIT
 * workload.cc: a workload in C++, for cxx.test: two writers append to one vector of their own, and
 * the total in the global state is what they wrote. With C++20 the types are made with designated
 * initialisers, before it with plain lists. */
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

stress_outcome put(stress_actor *actor)
{
    std::vector<uint64_t> parts(1 + stress_random_below(actor, 4), 1);
    uint64_t written = std::accumulate(parts.begin(), parts.end(), uint64_t{0});
    if (written == 0)
        return stress_fail(actor, "%zu parts, but nothing written", parts.size());
    static_cast<Written *>(stress_state(actor))->count += written;
    static_cast<World *>(stress_global(actor))->total += written;
    return STRESS_OK;
}

stress_outcome check(stress_env *env)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < stress_env_actors(env); i++)
        sum += static_cast<Written *>(stress_env_actor_state(env, i))->count;
    if (sum != static_cast<World *>(stress_env_global(env))->total)
        return stress_env_fail(env, "the total is not what was written");
    return STRESS_OK;
}

#if __cplusplus >= 202002L
const stress_action actions[] = { { .name = "put", .weight = 1, .perform = put }, {} };
const stress_actor_type actors[] = {
    { .name = "writer", .count = 2, .saboteur = false, .delay_ms = 0,
      .state_size = sizeof(Written), .actions = actions, .perform = nullptr, .start = nullptr,
      .stop = nullptr },
    {} };
const stress_environment environment = { .name = "cxx", .global_size = sizeof(World),
    .actors = actors, .target_operations = 1000, .time_limit_s = 0, .setup = nullptr,
    .reset = nullptr, .check = check, .teardown = nullptr, .describe = nullptr,
    .injects = nullptr };
#else
const stress_action actions[] = { { "put", 1, put }, {} };
const stress_actor_type actors[] = {
    { "writer", 2, false, 0, sizeof(Written), actions, nullptr, nullptr, nullptr }, {} };
const stress_environment environment = { "cxx", sizeof(World), actors, 1000, 0,
    nullptr, nullptr, check, nullptr, nullptr, nullptr };
#endif

} // namespace

STRESS_WORKLOAD(environment)
