/* SPDX-License-Identifier: MIT
 * finding_replay.c: see finding_replay.h. The operations that led to the finding come from the
 * control memory.
 */
#include "rundir/finding_replay.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "memory/memory.h"
#include "rundir/replay_file.h"
#include "rundir/variables.h"

enum { INJECTIONS = 32 };

/* ---- the operations ---------------------------------------------------------------------- */

struct found {
    struct order_entry *entries;
    uint64_t n, cut;
};

/* Copies the operations that the finding names. Those already overwritten count as cut. */
static void read_range(const struct record *record, const struct order_range *range,
                       struct found *found)
{
    const struct order *order = control_order(&record->control);
    found->cut = range->cut;
    for (uint64_t i = range->begin; i < range->end && range->end - range->begin <= ORDER_ROOM; i++)
        if (order_read(order, i, &found->entries[found->n]))
            found->n++;
        else
            found->cut++;
}

/* Copies the operations up to now: the supervisor died, or the finding is the monitor's. */
static void read_now(const struct record *record, struct found *found)
{
    const struct order *order = control_order(&record->control);
    uint64_t at = atomic_load(&order->at), n = at ? at : atomic_load(&order->n);
    bool serial = record->options && record->options->schedule == OPTIONS_SERIAL;
    const struct order_range all = { .begin = n > ORDER_ROOM ? n - ORDER_ROOM : 0, .end = n };
    if (serial)
        read_range(record, &all, found);
    else
        found->n = order_collect(&record->control, clock_now(), found->entries, &found->cut);
}

static int find_operations(const struct record *record, const struct order_range *range,
                           struct found *ret, struct error *error)
{
    *ret = (struct found){ .entries = calloc(ORDER_ROOM, sizeof *ret->entries) };
    if (!ret->entries)
        return error_set(error, ENOMEM, "cannot keep the order of operations");
    if (!record->control.header)
        return 0;
    if (range->known)
        read_range(record, range, ret);
    else
        read_now(record, ret);
    return 0;
}

/* ---- the replay file --------------------------------------------------------------------- */

/* Adds all actors in the order of the run, so that they keep their numbers. */
static int add_actors(const struct record *record, struct replay *replay, struct error *error)
{
    const struct definition *definition = &record->definition;
    uint32_t n = definition_actors(definition), index;
    replay->takes_part = calloc((size_t)n + 1, sizeof *replay->takes_part);
    for (uint32_t i = 0; i < n && replay->takes_part; i++) {
        char name[TEXT_NAME + 16];
        const struct definition_type *type = definition_type_of(definition, i, &index);
        snprintf(name, sizeof name, "%s.%" PRIu32, type->name, index);
        if (names_add(&replay->actors, name) != i)
            return error_set(error, ENOMEM, "cannot name the actors");
        replay->takes_part[i] = !record->control.header ||
                                atomic_load(&control_ledger(&record->control, i)->starts) > 0;
    }
    return replay->takes_part ? 0 : error_set(error, ENOMEM, "cannot name the actors");
}

static void add_line(const struct record *record, struct replay *replay,
                     const struct order_entry *entry, uint64_t begun_ns)
{
    struct replay_line *line = &replay->lines[replay->n_lines];
    uint32_t index;
    *line = (struct replay_line){ .actor = REPLAY_RESET, .action = NAMES_NONE };
    replay->n_lines++;
    if (entry->actor == ORDER_RESET)
        return;
    const struct definition_type *type =
        definition_type_of(&record->definition, entry->actor, &index);
    if (!type) { /* the control memory was overwritten */
        replay->n_lines--;
        return;
    }
    uint32_t action = definition_action_of(type, index, record->seed, entry->operation);
    line->actor = entry->actor;
    line->operation = entry->operation;
    line->action = names_add(&replay->actions, type->actions[action].name);
    line->late = entry->late != 0;
    line->result = entry->result;
    note_read(&record->control, entry->actor, entry->operation, line->note);
    if (entry->started_ns >= begun_ns)
        line->after_ns = entry->started_ns - begun_ns + 1;
}

static int add_lines(const struct record *record, const struct wire_finding *finding,
                     struct replay *replay, struct error *error)
{
    struct found found;
    if (find_operations(record, &finding->order, &found, error) < 0)
        return -1;
    replay->cut = found.cut;
    replay->lines = calloc((size_t)found.n + 1, sizeof *replay->lines); /* entries are in memory */
    uint64_t begun_ns = found.n ? found.entries[0].started_ns : 0;
    for (uint64_t i = 0; i < found.n && replay->lines; i++)
        add_line(record, replay, &found.entries[i], begun_ns);
    if (replay->lines && finding->order.reset)
        replay->lines[replay->n_lines++] =
            (struct replay_line){ .actor = REPLAY_RESET, .action = NAMES_NONE };
    free(found.entries);
    return replay->lines ? 0 : error_set(error, ENOMEM, "cannot keep the order of operations");
}

/* ---- faults ------------------------------------------------------------------------------ */

/* The second part of a rule: what it does. */
static void action_of(const char *rule, char *to, size_t size)
{
    const char *from = strchr(rule, ':');
    from = from ? from + 1 : "";
    snprintf(to, size, "%.*s", (int)strcspn(from, ":"), from);
}

/* The fault as it happened: at this call of this operation. */
static void fault_text(const struct record *record, const struct share_event *event, char *to,
                       size_t size)
{
    const struct share_call *call = &event->call;
    char name[CALL_NAME], action[64], whose[2 * TEXT_NAME] = "", operation[48] = "";
    action_of(record->share->rules[event->rule].text, action, sizeof action);
    if (call->whose == RULE_OF_HOOK)
        snprintf(whose, sizeof whose, ":hook=reset");
    else if (call->whose == RULE_OF_SERVER)
        snprintf(whose, sizeof whose, ":server=%s", call->server);
    else if (call->type < record->definition.n_types)
        snprintf(whose, sizeof whose, ":actor=%s.%" PRIu32,
                 record->definition.types[call->type].name, call->index);
    if (call->operation != RULE_ANY)
        snprintf(operation, sizeof operation, ":operation=%" PRIu64, call->operation);
    snprintf(to, size, "%s:%s:when=%" PRIu64 "%s%s", call_name(call->number, name, sizeof name),
             action, call->ordinal, whose, operation);
}

/* The first of the events at or after `since_ns`; false: some of those are overwritten. */
static bool first_event(const struct share *share, uint64_t since_ns, uint64_t *ret)
{
    struct share_event event;
    uint64_t first = atomic_load(&share->n_events);
    bool known = true;
    while (first > 0 && (known = share_event(share, first - 1, &event)) &&
           event.at_ns >= since_ns)
        first--;
    *ret = first;
    return known;
}

/* A disk that is full is one rule for all of its calls. */
static bool is_known(const struct replay_words *words, const char *text)
{
    for (uint32_t i = 0; i < words->n; i++)
        if (strcmp(words->word[i], text) == 0)
            return true;
    return false;
}

static int add_events(const struct record *record, uint64_t first, uint64_t until_ns,
                      struct replay *replay, struct error *error)
{
    const struct share *share = record->share;
    uint64_t n = atomic_load(&share->n_events);
    struct share_event event;
    char text[RULE_TEXT];
    for (uint64_t i = first; i < n; i++) {
        if (!share_event(share, i, &event) || event.rule >= share->n_rules ||
            event.at_ns > until_ns)
            continue;
        if (share->rules[event.rule].action == RULE_FULL)
            strcpy(text, share->rules[event.rule].text);
        else
            fault_text(record, &event, text, sizeof text);
        if (is_known(&replay->injections, text))
            continue;
        if (replay_add_word(&replay->injections, text, error) < 0)
            return -1;
    }
    return 0;
}

/* In place of the events. */
static int add_rules(const struct share *share, struct replay *replay, struct error *error)
{
    for (; replay->injections.n > 0; replay->injections.n--)
        free(replay->injections.word[replay->injections.n - 1]);
    for (uint32_t i = 0; i < share->n_rules; i++)
        if (replay_add_word(&replay->injections, share->rules[i].text, error) < 0)
            return -1;
    return 0;
}

/* The rules of the command line, where it is not known which faults they made. */
static int add_typed(const struct options *options, struct replay *replay, struct error *error)
{
    for (unsigned i = 0; options && i < options->injections.n; i++)
        if (replay_add_word(&replay->injections, options->injections.text[i], error) < 0)
            return -1;
    return 0;
}

/* Each fault that was put in since these operations began, until it was found; if they are too
 * many, the rules. Those that the workload armed it arms again. */
static int add_faults(const struct record *record, const struct wire_finding *finding,
                      struct replay *replay, struct error *error)
{
    uint64_t since_ns = finding->order.known ? finding->order.since_ns : finding->begun_ns;
    uint64_t until_ns = finding->found_ns ? finding->found_ns : UINT64_MAX, first;
    if (!record->share)
        return add_typed(record->options, replay, error);
    bool known = first_event(record->share, since_ns, &first);
    if (known && add_events(record, first, until_ns, replay, error) < 0)
        return -1;
    return known && replay->injections.n <= INJECTIONS ? 0
                                                       : add_rules(record->share, replay, error);
}

/* ---- the whole --------------------------------------------------------------------------- */

struct words {
    struct replay_words *to;
    struct error *error;
};

static int add_option(void *user, const char *word)
{
    struct words *words = user;
    return replay_add_word(words->to, word, words->error);
}

static int add_command(const struct record *record, struct replay *replay, struct error *error)
{
    const struct options *options = record->options;
    char here[PATH_MAX];
    struct words words = { &replay->options, error };
    replay->workload = strdup(record->workload);
    replay->directory = getcwd(here, sizeof here) ? strdup(here) : NULL;
    if (!replay->workload)
        return error_set(error, ENOMEM, "cannot name the workload");
    for (int i = 0; options && i < options->argc; i++)
        if (replay_add_word(&replay->arguments, options->argv[i], error) < 0)
            return -1;
    if (options && options_kept(options, add_option, &words) < 0)
        return -1;
    return variables_add(&replay->variables, error);
}

int rundir_replay(FILE *out, const struct record *record, const struct record_finding *finding,
                  struct error *error)
{
    struct replay *replay = replay_new();
    if (!replay)
        return error_set(error, ENOMEM, "cannot write the order of operations");
    replay->seed = record->seed;
    replay->bucket = strdup(finding->key);
    int result = add_command(record, replay, error);
    if (result == 0)
        result = add_actors(record, replay, error);
    if (result == 0)
        result = add_lines(record, &finding->first, replay, error);
    if (result == 0)
        result = add_faults(record, &finding->first, replay, error);
    if (result == 0)
        replay_print(out, replay);
    replay_free(replay);
    return result;
}
