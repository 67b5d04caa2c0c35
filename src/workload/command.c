/* SPDX-License-Identifier: MIT
 * command.c: see command.h.
 */
#include "workload/command.h"

#include "base/base.h"
#include "workload/operation.h"
#include "workload/program.h"
#include "workload/script.h"

/* The actions of the actors, one array behind the other. */
static struct stress_action_spec actions[DEFINITION_TYPES][STRESS_ACTIONS_MAX + 1];

static const struct stress_action_spec *actions_of(const struct command_actor *actor, uint32_t type)
{
    for (uint32_t i = 0; i < actor->n_actions; i++)
        actions[type][i] = (struct stress_action_spec){
            .name = actor->actions[i].name, .weight = actor->actions[i].weight,
            .perform = operation_perform };
    return actor->n_actions > 0 ? actions[type] : NULL;
}

const struct stress_workload *command_workload(const struct command_spec *spec)
{
    static struct stress_actor_spec types[DEFINITION_TYPES + 1];
    static struct stress_env_spec environment;
    static struct stress_workload workload;
    for (uint32_t i = 0; i < spec->n_actors; i++) {
        const struct command_actor *actor = &spec->actors[i];
        types[i] = (struct stress_actor_spec){
            .name = actor->name, .count = actor->count, .saboteur = actor->saboteur,
            .delay_ms = actor->delay_ms, .delay_most_ms = actor->delay_most_ms,
            .timeout_ms = actor->timeout_ms, .start = operation_start,
            .actions = actions_of(actor, i),
            .perform = actor->n_actions > 0 ? NULL : operation_perform,
            .stop = actor->program ? program_stop : NULL,
        };
    }
    types[spec->n_actors] = (struct stress_actor_spec){ 0 };
    /* A hook without a command costs nothing. The reset restarts the servers. */
    bool resets = spec->reset.shell || spec->n_servers > 0;
    bool stops = spec->teardown.shell != NULL;
    for (uint32_t i = 0; i < spec->n_servers; i++)
        stops = stops || spec->servers[i].stop_signal;
    environment = (struct stress_env_spec){
        .name = spec->name, .actors = types, .target_operations = spec->target_operations,
        .time_limit_s = (double)spec->time_limit_ns / (double)CLOCK_SECOND,
        .setup = script_setup, .reset = resets ? script_reset : NULL,
        .check = spec->check.shell ? script_check : NULL,
        .teardown = stops ? script_teardown : NULL,
        .describe = spec->describe.shell ? script_describe : NULL,
    };
    workload = (struct stress_workload){
        STRESS_ABI_VERSION, sizeof workload, sizeof environment, sizeof *types,
        sizeof(struct stress_action_spec), sizeof(struct stress_server_spec),
        sizeof(struct stress_reset), 0, &environment };
    script_use(spec);
    operation_use(spec);
    return &workload;
}
