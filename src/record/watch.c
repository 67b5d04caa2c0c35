/* SPDX-License-Identifier: MIT
 * watch.c: see watch.h.
 */
#include "record/watch.h"

#include "format/format.h"

void watch_note(struct record *record, const struct wire_watch *value)
{
    record->watched[record->n_watched++ % RECORD_WATCHED] = *value;
}

json_t *watch_json(const struct record *record)
{
    uint64_t n = record->n_watched < RECORD_WATCHED ? record->n_watched : RECORD_WATCHED;
    json_t *list = n > 0 ? json_array() : NULL;
    for (uint64_t i = record->n_watched - n; list && i < record->n_watched; i++) {
        const struct wire_watch *value = &record->watched[i % RECORD_WATCHED];
        bool sane = value->at_ns >= record->started_ns;
        json_t *object = json_object();
        member_seconds(&object, "t", sane ? value->at_ns - record->started_ns : 0);
        member_text(&object, "value", value->text);
        member_append(&list, object);
    }
    return list;
}
