/* SPDX-License-Identifier: MIT
 * replay.c: see replay.h.
 */
#include "session/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory/memory.h"
#include "rundir/rundir.h"
#include "session/orders.h"
#include "session/progress.h"
#include "session/state.h"

static const struct replay *replay_of(const struct session *session)
{
    return session->orders ? session->orders->replay : NULL;
}

enum wire_schedule session_replay_schedule(const struct session *session)
{
    if (replay_of(session))
        return WIRE_LISTED;
    return session->options->schedule == OPTIONS_SERIAL ? WIRE_SERIAL : WIRE_FREE;
}

/* Finds "writer.0" among the actors of the workload. NULL: it has no such type. */
static const struct definition_type *find_actor(const struct definition *definition,
                                                const char *name, uint32_t *ret_index,
                                                uint32_t *ret_number)
{
    const char *dot = strrchr(name, '.');
    if (!dot) /* cannot happen: replay_read() has checked it */
        return NULL;
    size_t length = (size_t)(dot - name);
    uint32_t before = 0;
    *ret_index = (uint32_t)strtoul(name + length + 1, NULL, 10);
    for (uint32_t i = 0; i < definition->n_types; i++) {
        const struct definition_type *type = &definition->types[i];
        if (strlen(type->name) == length && strncmp(type->name, name, length) == 0) {
            *ret_number = before + *ret_index;
            return type;
        }
        before += type->count;
    }
    return NULL;
}

static int check_line(const struct replay *replay, const struct replay_line *line,
                      const struct definition *definition, uint64_t seed, bool counts,
                      struct error *error)
{
    uint32_t index, number;
    const char *name = replay->actors.name[line->actor];
    const struct definition_type *type = find_actor(definition, name, &index, &number);
    if (!type)
        return error_set(error, 0, "%s:%" PRIu32 ": the workload has no actor '%s'", replay->path,
                         line->number, name);
    if (counts && index >= type->count)
        return error_set(error, 0, "%s:%" PRIu32 ": there is no '%s': the workload has %" PRIu32
                                   " of this type", replay->path, line->number, name, type->count);
    if (line->action == NAMES_NONE)
        return 0;
    const char *wanted = replay->actions.name[line->action];
    const char *drawn =
        type->actions[definition_action_of(type, index, seed, line->operation)].name;
    if (strcmp(wanted, drawn) == 0)
        return 0;
    return error_set(error, 0, "%s:%" PRIu32 ": with this seed operation %" PRIu64 " of %s is "
                               "'%s', not '%s'", replay->path, line->number, line->operation, name,
                     drawn, wanted);
}

int session_replay_check(const struct session *session, bool counts, struct error *error)
{
    const struct replay *replay = replay_of(session);
    for (uint32_t i = 0; replay && i < replay->n_lines; i++)
        if (replay->lines[i].actor != REPLAY_RESET &&
            check_line(replay, &replay->lines[i], &session->record.definition,
                       session->record.seed, counts, error) < 0)
            return -1;
    return 0;
}

static int put(int fd, const void *data, size_t size, uint64_t offset, struct error *error)
{
    return fd_write_all_at(fd, data, size, (off_t)offset) < 0
               ? error_set(error, errno, "cannot write the list of operations") : 0;
}

/* Marks actors that have no operation in the list as retired, so that no runner is forked for
 * them. */
static int put_actors(const struct session *session, const struct layout_plan *plan,
                      const bool *parts, struct error *error)
{
    const uint32_t retired = 1;
    uint32_t n = definition_actors(&session->record.definition);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t offset = plan->ledgers + i * sizeof(struct layout_ledger) +
                          offsetof(struct layout_ledger, retired);
        if (!parts[i] && put(session->control_fd, &retired, sizeof retired, offset, error) < 0)
            return -1;
    }
    return 0;
}

static int put_lines(const struct session *session, const struct replay *replay,
                     const struct layout_plan *plan, const uint32_t *numbers, struct error *error)
{
    size_t room = replay->n_lines;
    uint64_t n = room;
    struct order_entry *entries = calloc(room + 1, sizeof *entries);
    if (!entries)
        return error_set(error, ENOMEM, "cannot keep the list of operations");
    for (uint64_t i = 0; i < n; i++) {
        const struct replay_line *line = &replay->lines[i];
        entries[i].actor = line->actor == REPLAY_RESET ? ORDER_RESET : numbers[line->actor];
        entries[i].operation = line->operation;
    }
    int result = put(session->control_fd, entries, room * sizeof *entries,
                     plan->order + offsetof(struct order, entries), error);
    if (result == 0)
        result = put(session->control_fd, &n, sizeof n, plan->order + offsetof(struct order, n),
                     error);
    free(entries);
    return result;
}

int session_replay_fill(const struct session *session, const struct layout_plan *plan,
                        struct error *error)
{
    const struct replay *replay = replay_of(session);
    const struct definition *definition = &session->record.definition;
    if (!replay)
        return 0;
    bool *parts = calloc(definition_actors(definition) + 1, sizeof *parts);
    uint32_t *numbers = calloc((size_t)replay->actors.n + 1, sizeof *numbers);
    if (!parts || !numbers) {
        free(parts);
        free(numbers);
        return error_set(error, ENOMEM, "cannot keep the list of operations");
    }
    for (uint32_t i = 0; i < replay->actors.n; i++) {
        uint32_t index;
        const struct definition_type *type =
            find_actor(definition, replay->actors.name[i], &index, &numbers[i]);
        if (type && index < type->count && replay->takes_part[i])
            parts[numbers[i]] = true;
    }
    int result = put_actors(session, plan, parts, error);
    if (result == 0)
        result = put_lines(session, replay, plan, numbers, error);
    free(parts);
    free(numbers);
    return result;
}

static const struct order *order_of(const struct session *session)
{
    const struct control *control = &session->record.control;
    return control->header ? control_order(control) : NULL;
}

void session_replay_say(struct session *session)
{
    const struct order *order = order_of(session);
    uint64_t late = order ? atomic_load(&order->late) : 0;
    if (late > 0 && !(session->orders && session->orders->silent))
        progress_say(&session->progress, "%" PRIu64 " operations did not end in time, and the next "
                     "ones began before: their order may differ from that of the seed", late);
}

void session_replay_result(const struct session *session, struct session_result *ret)
{
    const struct replay *replay = replay_of(session);
    const struct record *record = &session->record;
    const struct order *order = order_of(session);
    if (order) {
        ret->late = atomic_load(&order->late);
        ret->skipped = atomic_load(&order->skipped);
    }
    for (unsigned i = 0; i < record->n_findings && replay && replay->bucket; i++)
        if (strcmp(record->findings[i].key, replay->bucket) == 0 ||
            strcmp(record->findings[i].plain, replay->bucket) == 0) { /* the bucket has no frames */
            ret->same = true;
            text_copy(ret->title, sizeof ret->title, record->findings[i].first.title);
            break;
        }
}
