/* SPDX-License-Identifier: MIT
 * fleet.c: see fleet.h.
 */
#include "merge/fleet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

enum { SHOWN = 8 }; /* numbers of shares in a reason */

int fleet_init(struct fleet *fleet, uint32_t count)
{
    *fleet = (struct fleet){ .count = count, .states = calloc((size_t)count + 1, 1) };
    return fleet->states ? 0 : -1;
}

void fleet_free(struct fleet *fleet)
{
    free(fleet->states);
    fleet->states = NULL;
}

enum fleet_state fleet_state_of(const json_t *result, bool complete)
{
    static const enum fleet_state states[RECORD_VERDICTS] = {
        [RECORD_PASSED] = FLEET_PASSED, [RECORD_FAILED] = FLEET_FAILED,
        [RECORD_ERROR] = FLEET_ERROR, [RECORD_SKIPPED] = FLEET_SKIPPED,
        [RECORD_INTERRUPTED] = FLEET_CUT
    };
    char verdict[32];
    member_get_text(result, "verdict", "", verdict, sizeof verdict);
    for (unsigned i = 0; complete && i < RECORD_VERDICTS; i++)
        if (strcmp(record_verdict_text((enum record_verdict)i), verdict) == 0)
            return states[i];
    return FLEET_CUT;
}

bool fleet_is_settled(enum fleet_state state)
{
    return state >= FLEET_SKIPPED;
}

/* Does it say that it is of another whole than those before it? */
static bool is_strange(struct fleet *fleet, const json_t *result)
{
    const json_t *shard = json_object_get(result, "shard");
    char identity[sizeof fleet->identity];
    if (!*member_get_text(shard, "identity", "", identity, sizeof identity))
        return false;
    if (!*fleet->identity) {
        memcpy(fleet->identity, identity, sizeof identity);
        fleet->whole = member_get_count(shard, "whole");
    }
    return strcmp(fleet->identity, identity) != 0;
}

/* Does it tell what it tested? Writes the file that it could not read. */
static bool tells(const json_t *result, char *unread, size_t size)
{
    const json_t *tested = json_object_get(result, "tested"), *file;
    size_t i;
    unread[0] = '\0';
    json_array_foreach(json_object_get(tested, "files"), i, file) {
        if (!json_is_string(json_object_get(file, "hash"))) {
            member_get_text(file, "file", "?", unread, size);
            return false;
        }
    }
    return json_is_string(json_object_get(tested, "identity"));
}

void fleet_note(struct fleet *fleet, uint32_t number, const json_t *result, bool complete)
{
    enum fleet_state state = fleet_state_of(result, complete);
    if (number == 0 || number > fleet->count)
        return;
    if (state > (enum fleet_state)fleet->states[number - 1])
        fleet->states[number - 1] = (unsigned char)state;
    if (fleet_is_settled(state) && is_strange(fleet, result) && fleet->strange == 0)
        fleet->strange = number;
    fleet->noted++;
    if (fleet->untold == 0 && !tells(result, fleet->unread, sizeof fleet->unread))
        fleet->untold = number;
}

static uint32_t count(const struct fleet *fleet, enum fleet_state state)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < fleet->count; i++)
        n += fleet->states[i] == state;
    return n;
}

uint32_t fleet_settled(const struct fleet *fleet)
{
    return count(fleet, FLEET_SKIPPED) + count(fleet, FLEET_FAILED) + count(fleet, FLEET_PASSED);
}

/* "shards 3, 5 and 12 more are missing"; nothing if there are none. */
static void name(const struct fleet *fleet, enum fleet_state state, const char *what,
                 char *to, size_t size)
{
    uint32_t n = count(fleet, state), shown = 0;
    size_t used = strlen(to);
    if (n == 0)
        return;
    used += (size_t)snprintf(to + used, size - used, "%sshard%s ", used > 0 ? "; " : "",
                             n == 1 ? "" : "s");
    for (uint32_t i = 0; i < fleet->count && shown < SHOWN && used < size; i++)
        if (fleet->states[i] == state)
            used += (size_t)snprintf(to + used, size - used, "%s%" PRIu32, shown++ > 0 ? ", " : "",
                                     i + 1);
    if (n > shown && used < size)
        used += (size_t)snprintf(to + used, size - used, " and %" PRIu32 " more", n - shown);
    if (used < size)
        snprintf(to + used, size - used, " %s %s", n == 1 ? "is" : "are", what);
}

static void name_unsettled(const struct fleet *fleet, bool skipped, char *to, size_t size)
{
    name(fleet, FLEET_MISSING, "missing", to, size);
    name(fleet, FLEET_CUT, "cut off", to, size);
    name(fleet, FLEET_ERROR, "without a verdict", to, size);
    if (skipped)
        name(fleet, FLEET_SKIPPED, "skipped", to, size);
}

/* One directory has no other to be compared with. */
static void say_untold(const struct fleet *fleet, char *reason, size_t size)
{
    if (*fleet->unread)
        snprintf(reason, size, "incomplete: shard %" PRIu32 " could not read '%s', so it may have "
                 "tested something else than the others", fleet->untold, fleet->unread);
    else
        snprintf(reason, size, "incomplete: shard %" PRIu32 " does not say what it tested, so it "
                 "may have tested something else than the others", fleet->untold);
}

enum record_verdict fleet_verdict(const struct fleet *fleet, bool found, uint64_t parts,
                                  char *reason, size_t size)
{
    uint32_t skipped = count(fleet, FLEET_SKIPPED);
    char unsettled[384] = "";
    name_unsettled(fleet, !fleet->skips && skipped < fleet->count, unsettled, sizeof unsettled);
    if (*unsettled) {
        snprintf(reason, size, "incomplete: of %" PRIu32 " shards, %s", fleet->count, unsettled);
        return RECORD_ERROR;
    }
    if (fleet->strange > 0) {
        snprintf(reason, size, "incomplete: shard %" PRIu32 " is of another whole than those "
                 "before it, so a part may be in none", fleet->strange);
        return RECORD_ERROR;
    }
    if (fleet->untold > 0 && fleet->noted > 1) {
        say_untold(fleet, reason, size);
        return RECORD_ERROR;
    }
    if (parts != UINT64_MAX && *fleet->identity && parts != fleet->whole) {
        snprintf(reason, size, "incomplete: the shards have %" PRIu64 " of %" PRIu64 " parts",
                 parts, fleet->whole);
        return RECORD_ERROR;
    }
    snprintf(reason, size, "all %" PRIu32 " shards are there", fleet->count);
    if (found || count(fleet, FLEET_FAILED) > 0)
        return RECORD_FAILED;
    return skipped == fleet->count ? RECORD_SKIPPED : RECORD_PASSED;
}
