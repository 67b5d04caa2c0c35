/* SPDX-License-Identifier: MIT
 * list.c: see list.h.
 */
#include "report/list.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base.h"
#include "format/format.h"

static json_t *type_json(const struct definition_type *type)
{
    json_t *object = json_object(), *actions = json_array();
    for (uint32_t i = 0; i < type->n_actions && i < DEFINITION_ACTIONS; i++) {
        json_t *action = json_object();
        member_text(&action, "name", type->actions[i].name);
        member_count(&action, "weight", type->actions[i].weight);
        member_append(&actions, action);
    }
    member_text(&object, "name", type->name);
    member_count(&object, "count", type->count);
    member_set(&object, "saboteur", json_boolean(type->saboteur));
    member_count(&object, "delay_ms", type->delay_ms);
    member_count(&object, "delay_most_ms", type->delay_most_ms);
    member_count(&object, "timeout_ms", type->timeout_ms);
    member_count(&object, "state_size", type->state_size);
    member_set(&object, "actions", actions);
    return object;
}

static void list_json(FILE *out, const struct definition *definition)
{
    json_t *object = json_object(), *types = json_array();
    for (uint32_t i = 0; i < definition->n_types && i < DEFINITION_TYPES; i++)
        member_append(&types, type_json(&definition->types[i]));
    member_count(&object, "schema", 1);
    member_text(&object, "environment", definition->name);
    member_count(&object, "global_size", definition->global_size);
    if (definition->target_operations)
        member_count(&object, "target", definition->target_operations);
    else
        member_text(&object, "target", NULL);
    if (definition->time_limit_ns)
        member_seconds(&object, "time_limit_s", definition->time_limit_ns);
    else
        member_text(&object, "time_limit_s", NULL);
    member_set(&object, "actors", types);
    json_dumpf(object, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    fputc('\n', out);
    json_decref(object);
}

static void list_type(FILE *out, const struct definition_type *type)
{
    uint64_t weights = 0;
    fprintf(out, "\nactor %s: %" PRIu32 "%s", type->name, type->count,
            type->saboteur ? ", saboteur" : "");
    if (type->delay_most_ms > type->delay_ms)
        fprintf(out, ", delay %" PRIu32 " to %" PRIu32 " ms", type->delay_ms, type->delay_most_ms);
    else if (type->delay_ms)
        fprintf(out, ", delay %" PRIu32 " ms", type->delay_ms);
    if (type->timeout_ms)
        fprintf(out, ", timeout %" PRIu32 " ms", type->timeout_ms);
    if (type->state_size)
        fprintf(out, ", %" PRIu64 " bytes of state each", type->state_size);
    fputc('\n', out);
    for (uint32_t i = 0; i < type->n_actions && i < DEFINITION_ACTIONS; i++)
        weights += type->actions[i].weight;
    for (uint32_t i = 0; i < type->n_actions && i < DEFINITION_ACTIONS; i++)
        fprintf(out, "  %-31s %5.1f %%\n", type->actions[i].name,
                weights ? 100.0 * type->actions[i].weight / (double)weights : 0.0);
}

static void list_text(FILE *out, const struct definition *definition)
{
    char time[32];
    fprintf(out, "environment %s", definition->name);
    if (definition->global_size)
        fprintf(out, ": %" PRIu64 " bytes of global state", definition->global_size);
    fprintf(out, "\nends after:");
    if (definition->target_operations)
        fprintf(out, " %" PRIu64 " operations", definition->target_operations);
    if (definition->target_operations && definition->time_limit_ns)
        fprintf(out, " or");
    if (definition->time_limit_ns)
        fprintf(out, " %s", text_format_duration(definition->time_limit_ns, time, sizeof time));
    if (!definition->target_operations && !definition->time_limit_ns)
        fprintf(out, " no exit criterion (a run ends after 60s by default)");
    fputc('\n', out);
    for (uint32_t i = 0; i < definition->n_types && i < DEFINITION_TYPES; i++)
        list_type(out, &definition->types[i]);
}

void report_list(FILE *out, const struct definition *definition, enum options_format format)
{
    if (format == OPTIONS_JSON)
        list_json(out, definition);
    else
        list_text(out, definition);
}
