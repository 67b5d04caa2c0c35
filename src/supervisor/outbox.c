/* SPDX-License-Identifier: MIT
 * outbox.c: see outbox.h.
 */
#include "supervisor/outbox.h"

#include <string.h>

struct entry {
    uint32_t type, size; /* of the body that follows */
};

int outbox_flush(struct supervisor *s, struct error *error)
{
    size_t at = 0;
    while (at < s->outbox.used) {
        struct entry entry;
        memcpy(&entry, s->outbox.bytes + at, sizeof entry);
        if (wire_send(s->wire, (enum wire_type)entry.type, s->outbox.bytes + at + sizeof entry,
                      entry.size, NULL, 0, error) < 0)
            return -1;
        at += sizeof entry + entry.size;
    }
    s->outbox.used = 0;
    return 0;
}

int outbox_put(struct supervisor *s, enum wire_type type, const void *body, size_t size,
               struct error *error)
{
    struct entry entry = { .type = type, .size = (uint32_t)size };
    if (s->outbox.used + sizeof entry + size > sizeof s->outbox.bytes && outbox_flush(s, error) < 0)
        return -1;
    memcpy(s->outbox.bytes + s->outbox.used, &entry, sizeof entry);
    memcpy(s->outbox.bytes + s->outbox.used + sizeof entry, body, size);
    s->outbox.used += sizeof entry + size;
    return 0;
}
