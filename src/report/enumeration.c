/* SPDX-License-Identifier: MIT
 * enumeration.c: see enumeration.h.
 */
#include "report/enumeration.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { NAME = 64, PATH = 512 };

bool enumeration_is(const json_t *result)
{
    return member_is(result, "command", "crash") &&
           json_is_array(json_object_get(result, "calls"));
}

/* ---- models side by side ------------------------------------------------------------------ */

/* The model that a fault belongs to. */
static const char *model_of(const char *fault)
{
    static const char power[] = "power:";
    return strncmp(fault, power, sizeof power - 1) == 0 ? fault + sizeof power - 1 : "process";
}

static void load_models(struct enumeration *enumeration, const json_t *result)
{
    const json_t *models = json_object_get(result, "models");
    for (size_t i = 0; i < json_array_size(models) && i < ENUMERATION_MODELS; i++) {
        const char *name = json_string_value(json_array_get(models, i));
        if (name)
            text_copy(enumeration->model[enumeration->n_models++], sizeof *enumeration->model,
                      name);
    }
}

/* Returns the row of a call, which may be new. NULL: no memory. */
static struct enumeration_cell *row_of(struct enumeration *enumeration, const char *call)
{
    uint32_t before = enumeration->calls.n, row = names_add(&enumeration->calls, call);
    if (row == NAMES_NONE)
        return NULL;
    if (row < before)
        return enumeration->cells[row];
    void *more = realloc(enumeration->cells, (row + 1) * sizeof *enumeration->cells);
    if (!more)
        return NULL;
    enumeration->cells = more;
    memset(enumeration->cells[row], 0, sizeof enumeration->cells[row]);
    return enumeration->cells[row];
}

/* Returns false if memory runs out. */
static bool add_point(struct enumeration *enumeration, const json_t *point)
{
    char call[NAME], fault[NAME], verdict[NAME];
    member_get_text(point, "verdict", "", verdict, sizeof verdict);
    bool bad = strcmp(verdict, "finding") == 0;
    member_get_text(point, "fault", "", fault, sizeof fault);
    member_get_text(json_object_get(point, "address"), "call", "?", call, sizeof call);
    struct enumeration_cell *row = row_of(enumeration, call);
    for (size_t m = 0; row && m < enumeration->n_models; m++) {
        if (strcmp(enumeration->model[m], model_of(fault)) != 0)
            continue;
        row[m].bad += bad;
        enumeration->sums[m].bad += bad;
        row[m].judged += bad || strcmp(verdict, "ok") == 0;
        enumeration->sums[m].judged += bad || strcmp(verdict, "ok") == 0;
    }
    return row != NULL;
}

void enumeration_load(struct enumeration *enumeration, const json_t *result)
{
    const json_t *points = json_object_get(result, "points");
    *enumeration = (struct enumeration){ .n_models = 0 };
    load_models(enumeration, result);
    for (size_t i = 0; i < json_array_size(points) && enumeration->n_models > 1; i++)
        if (!add_point(enumeration, json_array_get(points, i))) {
            enumeration_free(enumeration);
            return;
        }
}

void enumeration_free(struct enumeration *enumeration)
{
    names_free(&enumeration->calls);
    free(enumeration->cells);
    *enumeration = (struct enumeration){ .n_models = 0 };
}

/* ---- in words ----------------------------------------------------------------------------- */

/* A path in the scratch directory of the clean run, from there on: it is the same in each run. */
static const char *path_of(const json_t *object, char *to, size_t size)
{
    static const char scratch[] = "/clean/scratch/";
    char path[PATH];
    const char *place = strstr(member_get_text(object, "path", "", path, sizeof path), scratch);
    snprintf(to, size, "%s", place ? place + sizeof scratch - 1 : path);
    return to;
}

/* "write 2 of store.wal" */
static const char *call_of(const json_t *address, char *to, size_t size)
{
    char call[NAME], path[PATH];
    path_of(address, path, sizeof path);
    snprintf(to, size, "%s %" PRIu64 "%s%s", member_get_text(address, "call", "?", call,
                                                             sizeof call),
             member_get_count(address, "ordinal"), *path ? " of " : "", path);
    return to;
}

/* Who made the call: "writer.0 put operation 3", "server redis", "hook reset". */
static const char *whose(const json_t *address, char *to, size_t size)
{
    char name[NAME], action[NAME], operation[NAME] = "";
    if (*member_get_text(address, "server", "", name, sizeof name))
        snprintf(to, size, "server %s", name);
    else if (*member_get_text(address, "hook", "", name, sizeof name))
        snprintf(to, size, "hook %s", name);
    else {
        member_get_text(address, "action", "", action, sizeof action);
        if (json_is_integer(json_object_get(address, "operation")))
            snprintf(operation, sizeof operation, " operation %" PRIu64,
                     member_get_count(address, "operation"));
        snprintf(to, size, "%s%s%s%s", member_get_text(address, "actor", "?", name, sizeof name),
                 *action ? " " : "", action, operation);
    }
    return to;
}

char *enumeration_point(const json_t *point, char *to, size_t size)
{
    const json_t *address = json_object_get(point, "address");
    const json_t *recovery = json_object_get(point, "recovery");
    char who[4 * NAME], call[PATH + 2 * NAME], then[PATH + 2 * NAME], fault[NAME];
    int used = snprintf(to, size, "%s, %s", whose(address, who, sizeof who),
                        call_of(address, call, sizeof call));
    if (json_is_object(recovery) && (size_t)used < size)
        snprintf(to + used, size - (size_t)used, ", then %s in the reset hook at %s",
                 member_get_text(recovery, "fault", "kill", fault, sizeof fault),
                 call_of(recovery, then, sizeof then));
    return to;
}

uint64_t enumeration_count(const json_t *finding)
{
    uint64_t states = member_get_count(finding, "states");
    return states ? states : member_get_count(finding, "count");
}

char *enumeration_headline(const json_t *finding, char *to, size_t size)
{
    const json_t *first = json_object_get(finding, "first");
    char fault[NAME], call[PATH + 2 * NAME];
    if (*member_get_text(finding, "state", "", to, size) ||
        !*member_get_text(first, "fault", "", fault, sizeof fault))
        return to;
    snprintf(to, size, "%s at %s", fault, call_of(first, call, sizeof call));
    return to;
}

char *enumeration_method(const json_t *result, char *to, size_t size)
{
    const json_t *states = json_object_get(result, "states");
    if (!json_is_object(states)) {
        snprintf(to, size, "a run for each point");
        return to;
    }
    snprintf(to, size, "from one recorded run: %" PRIu64 " steps, %" PRIu64 " states drawn, %"
             PRIu64 " distinct, %" PRIu64 " left out", member_get_count(states, "steps"),
             member_get_count(states, "possible"), member_get_count(states, "distinct"),
             member_get_count(states, "left_out"));
    size_t used = strlen(to);
    uint64_t resets = member_get_count(states, "resets");
    if (resets > 0)
        snprintf(to + used, size - used, "; %" PRIu64 " resets recorded, %" PRIu64 " of the states "
                 "are theirs", resets, member_get_count(states, "in_resets"));
    return to;
}

char *enumeration_models(const json_t *models, char *to, size_t size)
{
    size_t used = 0;
    *to = '\0';
    for (size_t i = 0; i < json_array_size(models) && used + NAME < size; i++) {
        char name[32];
        const char *text = json_string_value(json_array_get(models, i));
        text_copy(name, sizeof name, text ? text : "?");
        used += (size_t)snprintf(to + used, size - used, "%s%s", i > 0 ? ", " : "", name);
    }
    return to;
}

char *enumeration_stack(const json_t *finding, const char *which, char *to, size_t size)
{
    const json_t *step = json_object_get(finding, which), *stack = json_object_get(step, "stack");
    bool named = json_is_string(json_object_get(step, "site"));
    size_t used = 0;
    *to = '\0';
    for (size_t i = 0; named && i < json_array_size(stack) && used + PATH < size; i++) {
        char frame[PATH / 2];
        const char *text = json_string_value(json_array_get(stack, i));
        text_copy(frame, sizeof frame, text ? text : "?");
        used += (size_t)snprintf(to + used, size - used, "%s%s", i > 0 ? " < " : "", frame);
    }
    return to;
}

char *enumeration_repair(const json_t *finding, char *to, size_t size)
{
    member_get_text(json_object_get(finding, "repair"), "text", "", to, size);
    return to;
}
