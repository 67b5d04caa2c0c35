/* SPDX-License-Identifier: MIT
 * origin.c: see origin.h.
 */
#include "record/origin.h"

#include <limits.h>
#include <unistd.h>

#include "format/format.h"

void origin_set(json_t **object, const struct options_shard *shard, json_t *tested)
{
    char name[HOST_NAME_MAX + 1] = "";
    gethostname(name, sizeof name - 1); /* without it the machine is null */
    member_text(object, "machine", name);
    if (shard)
        shard_set(object, shard);
    if (tested)
        member_set(object, "tested", json_incref(tested));
}
