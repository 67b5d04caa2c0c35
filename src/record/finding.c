/* SPDX-License-Identifier: MIT
 * finding.c: see finding.h.
 */
#include "record/finding.h"

#include "format/format.h"

json_t *finding_json(const struct record *record, const struct record_finding *finding)
{
    const struct wire_finding *first = &finding->first;
    const struct known_entry *known = record_known(record, finding);
    char name[64];
    json_t *object = json_object();
    member_count(&object, "id", finding->id);
    member_text(&object, "kind", wire_finding_kind_name((enum wire_finding_kind)first->kind));
    member_text(&object, "actor", record_actor_name(record, first->actor, name));
    member_text(&object, "action", first->action);
    member_text(&object, "title", first->title);
    member_count(&object, "count", finding->count);
    member_text(&object, "bucket", finding->key);
    if (finding->presumed > 0)
        member_count(&object, "presumed", finding->presumed);
    finding_set_known(&object, known);
    return object;
}

void finding_set_known(json_t **object, const struct known_entry *entry)
{
    if (!entry)
        return;
    json_t *why = json_object();
    member_text(&why, "since", entry->since);
    member_text(&why, "reason", entry->reason);
    member_set(object, "known", why);
}

const char *finding_known_text(const json_t *finding, char *to, size_t size)
{
    const json_t *known = json_object_get(finding, "known");
    char since[32], reason[1024];
    to[0] = '\0';
    if (json_is_object(known))
        snprintf(to, size, "known since %s: %s",
                 member_get_text(known, "since", "?", since, sizeof since),
                 member_get_text(known, "reason", "?", reason, sizeof reason));
    return to;
}

bool finding_is_known(const json_t *finding)
{
    return json_is_object(json_object_get(finding, "known"));
}

json_t *finding_known_json(const struct known_entry *entry, uint64_t came)
{
    json_t *object = json_object();
    member_text(&object, "bucket", entry->bucket);
    member_text(&object, "since", entry->since);
    member_text(&object, "reason", entry->reason);
    member_count(&object, "came", came);
    return object;
}

void finding_set_place(json_t **object, const struct wire_finding *occurrence)
{
    member_count(object, "generation", occurrence->generation);
    if (occurrence->operation == UINT64_MAX)
        member_text(object, "operation", NULL);
    else
        member_count(object, "operation", occurrence->operation);
}

void finding_set_last(json_t **object, const struct record_finding *finding)
{
    json_t *last = json_object();
    member_count(&last, "generation", finding->last_generation);
    member_seconds(&last, "time_s", finding->last_ns);
    member_set(object, "last", last);
}
