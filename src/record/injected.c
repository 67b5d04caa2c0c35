/* SPDX-License-Identifier: MIT
 * injected.c: see injected.h.
 */
#include "record/injected.h"

#include <inttypes.h>
#include <stdio.h>

#include "format/format.h"

static void add_whose(json_t **fields, const struct definition *definition,
                      const struct share_call *call)
{
    char name[2 * TEXT_NAME];
    if (call->whose == RULE_OF_HOOK) {
        member_text(fields, "hook", "reset");
    } else if (call->whose == RULE_OF_SERVER) {
        member_text(fields, "server", call->server);
    } else if (call->type < definition->n_types) {
        const struct definition_type *type = &definition->types[call->type];
        snprintf(name, sizeof name, "%s.%" PRIu32, type->name, call->index);
        member_text(fields, "actor", name);
        if (call->action < type->n_actions)
            member_text(fields, "action", type->actions[call->action].name);
    }
}

json_t *injected_json(const struct record *record, const struct share_event *event)
{
    char name[CALL_NAME];
    json_t *fields = json_object();
    uint32_t rule = event->rule < SHARE_ALL ? event->rule : 0;
    member_text(&fields, "rule", record->share->rules[rule].text);
    add_whose(&fields, &record->definition, &event->call);
    if (event->call.operation != RULE_ANY)
        member_count(&fields, "operation", event->call.operation);
    member_text(&fields, "call", call_name(event->call.number, name, sizeof name));
    if (event->call.path[0])
        member_text(&fields, "path", event->call.path);
    return fields;
}

json_t *injected_before(const struct record *record, const struct wire_finding *finding)
{
    const struct share *share = record->share;
    const struct layout_header *header = record->control.header;
    uint64_t n = share ? atomic_load(&share->n_events) : 0, first = n;
    uint64_t begun = finding->begun_ns, found = finding->begun_ns ? finding->found_ns : UINT64_MAX;
    json_t *list = json_array();
    struct share_event event;
    if (begun == 0 && header) /* the supervisor died, or the finding is the monitor's */
        begun = atomic_load(&header->begun_ns);
    for (; first > 0 && n - first < INJECTED_STORY && share_event(share, first - 1, &event) &&
           event.at_ns >= begun; first--)
        if (event.at_ns > found)
            n = first - 1;
    for (; first < n; first++)
        if (share_event(share, first, &event))
            member_append(&list, injected_json(record, &event));
    return list;
}
