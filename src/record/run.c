/* SPDX-License-Identifier: MIT
 * run.c: see run.h.
 */
#include "record/run.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "memory/memory.h"
#include "record/counters.h"

void record_init(struct record *record)
{
    memset(record, 0, sizeof *record);
    record->control.fd = -1;
    record->control.fd_readonly = -1;
}

void record_free(struct record *record)
{
    share_unmap(record->share);
    record->share = NULL;
    for (unsigned i = 0; i < record->n_findings; i++) {
        json_decref(record->findings[i].stack);
        json_decref(record->findings[i].injections);
        json_decref(record->findings[i].servers);
        json_decref(record->findings[i].watched);
    }
    known_free(&record->known);
    free(record->findings);
    json_decref(record->tested);
    record->tested = NULL;
    record->findings = NULL;
    record->n_findings = 0;
}

/* ---- findings ---------------------------------------------------------------------------- */

/* The actor type or the server that a finding is about. */
static const char *finding_subject(const struct record *record, const struct wire_finding *finding)
{
    const struct definition_type *type = NULL;
    uint32_t index;
    if (finding->actor >= 0)
        type = definition_type_of(&record->definition, (uint32_t)finding->actor, &index);
    return type ? type->name : finding->server;
}

static void finding_key(const struct record *record, const struct wire_finding *finding,
                        const char *title, char *key, size_t size)
{
    int used = snprintf(key, size, "%s %s ", wire_finding_kind_name((enum wire_finding_kind)
                                                                    finding->kind),
                        finding_subject(record, finding));
    if (finding->exit_status != 0)
        used += snprintf(key + used, size - (size_t)used, "status %d ", finding->exit_status);
    text_without_numbers(key + used, size - (size_t)used, title);
}

static struct record_finding *find(const struct record *record, const char *key)
{
    for (unsigned i = 0; i < record->n_findings; i++)
        if (strcmp(record->findings[i].key, key) == 0)
            return &record->findings[i];
    return NULL;
}

/* Finds a finding for an occurrence whose stack could not be read: one that looked the same, or
 * else the latest crash of the same actor type by the same signal. */
static struct record_finding *find_alike(const struct record *record,
                                         const struct wire_finding *finding, const char *plain)
{
    struct record_finding *last = NULL;
    const char *subject = finding_subject(record, finding);
    for (unsigned i = 0; i < record->n_findings; i++) {
        struct record_finding *entry = &record->findings[i];
        if (strcmp(entry->plain, plain) == 0)
            return entry;
        if (entry->framed && finding->kind == FINDING_CRASH && entry->first.kind == FINDING_CRASH &&
            entry->first.signal == finding->signal &&
            strcmp(finding_subject(record, &entry->first), subject) == 0 &&
            (!last || last->last_ns <= entry->last_ns))
            last = entry;
    }
    return last;
}

/* Makes the workload's texts printable: they go to terminals, to files and into JSON. */
static void sanitise(struct wire_finding *finding)
{
    char copy[WIRE_DESCRIPTION];
    char *const one_line[] = { finding->title, finding->action, finding->server };
    const size_t sizes[] = { sizeof finding->title, sizeof finding->action,
                             sizeof finding->server };
    for (unsigned i = 0; i < 3; i++) {
        memcpy(copy, one_line[i], sizes[i]);
        copy[sizes[i] - 1] = '\0';
        text_copy(one_line[i], sizes[i], copy);
    }
    if (finding->n_operations > WIRE_STORY)
        finding->n_operations = WIRE_STORY;
    finding->description[sizeof finding->description - 1] = '\0';
}

/* The reverse: finds a finding without a stack that looks like this occurrence, which has one, and
 * gives it the stack's key and title. */
static struct record_finding *find_frameless(struct record *record,
                                             const struct wire_finding *finding, const char *key,
                                             const char *plain)
{
    for (unsigned i = 0; i < record->n_findings; i++) {
        struct record_finding *entry = &record->findings[i];
        if (entry->framed || strcmp(entry->plain, plain) != 0)
            continue;
        entry->framed = true;
        entry->presumed = entry->count;
        snprintf(entry->key, sizeof entry->key, "%s", key);
        memcpy(entry->first.title, finding->title, sizeof entry->first.title);
        sanitise(&entry->first);
        return entry;
    }
    return NULL;
}

/* Appends an empty finding. The array doubles when it is full: at every power of two. */
static struct record_finding *append(struct record *record)
{
    unsigned n = record->n_findings;
    if ((n & (n - 1)) == 0) {
        void *grown = realloc(record->findings, (n ? 2 * (size_t)n : 1) * sizeof *record->findings);
        if (!grown)
            return NULL;
        record->findings = grown;
    }
    struct record_finding *entry = &record->findings[record->n_findings++];
    memset(entry, 0, sizeof *entry);
    entry->id = record->n_findings;
    return entry;
}

static uint64_t since_start(const struct record *record)
{
    uint64_t now = clock_now();
    return record->started_ns && now > record->started_ns ? now - record->started_ns : 0;
}

static struct record_finding *add_new(struct record *record, const struct wire_finding *finding,
                                      const char *key, const char *plain, uint64_t now)
{
    struct record_finding *entry = append(record);
    if (!entry)
        return NULL;
    entry->first = *finding;
    sanitise(&entry->first);
    snprintf(entry->key, sizeof entry->key, "%s", key);
    snprintf(entry->plain, sizeof entry->plain, "%s", plain);
    entry->first_ns = record->last_finding_ns = now;
    return entry;
}

/* `key` is "" for one without frames. */
static struct record_finding *find_same(struct record *record, const struct wire_finding *finding,
                                        const char *key, const char *alike)
{
    if (*key == '\0')
        return find_alike(record, finding, alike);
    struct record_finding *entry = find(record, key);
    return entry ? entry : find_frameless(record, finding, key, alike);
}

/* The one that stands for all of its kind when there are too many. */
static struct record_finding *add_more(struct record *record, const struct wire_finding *finding,
                                       uint64_t now, bool *ret_new)
{
    char key[sizeof record->findings->key];
    finding_key(record, finding, "(more)", key, sizeof key);
    struct record_finding *entry = find(record, key);
    if (entry || !(entry = add_new(record, finding, key, key, now)))
        return entry;
    *ret_new = entry->many = true;
    snprintf(entry->first.title, sizeof entry->first.title,
             "more than %d findings: further ones of this kind are only counted", RECORD_FINDINGS);
    return entry;
}

struct record_finding *record_add_stack(struct record *record, const struct wire_finding *finding,
                                        const char *plain, const char *frames, bool *ret_new)
{
    char key[sizeof record->findings->key] = "", alike[sizeof record->findings->plain];
    uint64_t now = since_start(record);
    *ret_new = false;
    finding_key(record, finding, plain, alike, sizeof alike);
    if (*frames)
        snprintf(key, sizeof key, "%s %s @%s", wire_finding_kind_name((enum wire_finding_kind)
                                                                      finding->kind),
                 finding_subject(record, finding), frames);
    struct record_finding *entry = find_same(record, finding, key, alike);
    if (!entry && record->n_findings >= RECORD_FINDINGS) {
        entry = add_more(record, finding, now, ret_new);
    } else if (!entry) {
        *ret_new = true;
        entry = add_new(record, finding, *key ? key : alike, alike, now);
        if (entry)
            entry->framed = *key != '\0';
    }
    if (!entry)
        return NULL;
    entry->presumed += entry->framed && *key == '\0';
    entry->count++;
    entry->last_ns = now;
    entry->last_generation = finding->generation;
    return entry;
}

struct record_finding *record_add_finding(struct record *record, const struct wire_finding *finding,
                                          bool *ret_new)
{
    return record_add_stack(record, finding, finding->title, "", ret_new);
}

const struct known_entry *record_known(const struct record *record,
                                       const struct record_finding *finding)
{
    return finding->presumed > 0 || finding->many ? NULL
                                                  : known_find(&record->known, finding->key);
}

unsigned record_unknown(const struct record *record)
{
    unsigned n = 0;
    for (unsigned i = 0; i < record->n_findings; i++)
        n += !record_known(record, &record->findings[i]);
    return n;
}

/* ---- actors ------------------------------------------------------------------------------ */

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t relaxed(const _Atomic uint64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

/* Is the slot of an incarnation still to be added to the ledger? *ret_settled: how many were. */
static bool is_open(const struct layout_ledger *ledger, uint64_t *ret_settled)
{
    *ret_settled = atomic_load_explicit(&ledger->settled, memory_order_acquire);
    return atomic_load_explicit(&ledger->starts, memory_order_acquire) != *ret_settled;
}

static void read_ledger(const struct layout_ledger *ledger, struct record_actor *ret)
{
    ret->retired = atomic_load_explicit(&ledger->retired, memory_order_relaxed) != 0;
    ret->counted = relaxed(&ledger->counted);
    ret->uncounted = relaxed(&ledger->uncounted);
    ret->failed = relaxed(&ledger->failed);
    ret->resets = relaxed(&ledger->resets);
    ret->indeterminate = relaxed(&ledger->indeterminate);
    ret->starts = relaxed(&ledger->starts);
}

/* Adds the counters of a live runner to those of its ledger. They are for display only, and are
 * left out if they make no sense. */
static void add_live(const struct layout_slot *slot, uint64_t first_operation, uint32_t n_actions,
                     bool latency, struct record_actor *ret)
{
    struct slot_bounds bounds = { .first_operation = first_operation, .now_ns = clock_now(),
                                  .granted = UINT64_MAX, .n_actions = n_actions };
    struct slot_view view;
    const char *what;
    if (!slot_read(slot, &bounds, false, &view, &what))
        return;
    if (latency) {
        struct histogram copy = slot->latency;
        /* The two are not read at the same moment, so only a large difference is nonsense. */
        if (histogram_total(&copy) <= sum(view.counted, view.counted / 2 + 1024))
            histogram_merge(&ret->latency, &copy);
    }
    ret->counted = sum(ret->counted, view.counted);
    ret->uncounted = sum(ret->uncounted, view.uncounted);
}

static bool read_actor(const struct record *record, uint32_t actor, bool latency,
                       struct record_actor *ret)
{
    uint32_t index;
    const struct definition_type *type = definition_type_of(&record->definition, actor, &index);
    /* Most of the struct is the histogram, which a sum over thousands of actors does not need. */
    memset(ret, 0, latency ? sizeof *ret : offsetof(struct record_actor, latency));
    if (!type || !record->control.header)
        return false;
    const struct layout_ledger *ledger = control_ledger(&record->control, actor);
    const struct layout_slot *slot = control_slot(&record->control, actor);
    snprintf(ret->name, sizeof ret->name, "%s.%u", type->name, index);
    ret->saboteur = type->saboteur != 0;
    /* `settled` changes before a slot is added to its ledger. So as long as it is the same, the
     * ledger does not contain the slot; that of a dead runner, too, or the sum would go back. */
    for (int tries = 0; tries < 3; tries++) {
        uint64_t settled, now;
        bool open = is_open(ledger, &settled);
        read_ledger(ledger, ret);
        if (latency)
            ret->latency = ledger->latency;
        if (!open)
            return true;
        add_live(slot, relaxed(&ledger->next_operation), type->n_actions, latency, ret);
        is_open(ledger, &now);
        if (now == settled)
            return true;
    }
    read_ledger(ledger, ret);
    if (latency)
        ret->latency = ledger->latency;
    return true;
}

bool record_actor(const struct record *record, uint32_t actor, struct record_actor *ret)
{
    return read_actor(record, actor, true, ret);
}

const char *record_actor_name(const struct record *record, int64_t actor, char buffer[64])
{
    uint32_t index;
    const struct definition_type *type = NULL;
    if (actor >= 0 && actor < UINT32_MAX)
        type = definition_type_of(&record->definition, (uint32_t)actor, &index);
    if (!type)
        return NULL;
    snprintf(buffer, 64, "%.*s.%u", TEXT_NAME, type->name, index);
    return buffer;
}

void record_totals(const struct record *record, struct record_actor *ret)
{
    struct record_actor one;
    uint32_t n = definition_actors(&record->definition);
    memset(ret, 0, sizeof *ret);
    snprintf(ret->name, sizeof ret->name, "all");
    for (uint32_t i = 0; i < n && read_actor(record, i, false, &one); i++) {
        counters_add(ret, &one);
    }
}

/* ---- the verdict ------------------------------------------------------------------------- */

/* Whether the run reached an end of its own, with the final check and teardown. */
static bool came_to_its_end(const struct record *record)
{
    return record->done && (record->end != WIRE_END_STOPPED || record->time_is_up ||
                            record->findings_are_up);
}

enum record_verdict record_verdict(const struct record *record)
{
    if (record->error)
        return RECORD_ERROR;
    if (record->signal && !came_to_its_end(record))
        return RECORD_INTERRUPTED;
    if (record_unknown(record) > 0)
        return RECORD_FAILED;
    if (record->skipped)
        return RECORD_SKIPPED;
    if (record->done && (record->end == WIRE_END_TARGET || record->end == WIRE_END_FAULT ||
                         record->end == WIRE_END_LIST || record->time_is_up))
        return RECORD_PASSED;
    return RECORD_ERROR;
}

static const int statuses[RECORD_VERDICTS] = {
    [RECORD_PASSED] = CLI_PASSED, [RECORD_FAILED] = CLI_FINDINGS, [RECORD_ERROR] = CLI_HARNESS,
    [RECORD_SKIPPED] = CLI_SKIPPED, [RECORD_INTERRUPTED] = CLI_SIGNAL };

int record_verdict_status(enum record_verdict verdict, int signal)
{
    return statuses[verdict] + (verdict == RECORD_INTERRUPTED ? signal : 0);
}

enum record_verdict record_verdict_of_status(int status)
{
    for (unsigned i = 0; i < RECORD_VERDICTS; i++)
        if (statuses[i] == (status > CLI_SIGNAL ? CLI_SIGNAL : status))
            return (enum record_verdict)i;
    return RECORD_ERROR;
}

int record_exit_status(const struct record *record)
{
    return record_verdict_status(record_verdict(record), record->signal);
}

const char *record_verdict_text(enum record_verdict verdict)
{
    static const char *const texts[RECORD_VERDICTS] = {
        [RECORD_PASSED] = "passed", [RECORD_FAILED] = "failed", [RECORD_ERROR] = "error",
        [RECORD_SKIPPED] = "skipped", [RECORD_INTERRUPTED] = "interrupted"
    };
    return (unsigned)verdict < RECORD_VERDICTS ? texts[verdict] : "error";
}

/* ---- actors that starved ------------------------------------------------------------------ */

/* Attempts after which an actor had its chance, and ns after which one that is limited by tickets,
 * or by time alone, should have begun. The supervisor keeps a ticket for that long. */
enum { STARVED_ATTEMPTS = 10 };
#define STARVED_TICKET_NS CLOCK_SECOND
#define STARVED_TIME_NS (3 * CLOCK_SECOND)

static uint64_t attempts_of(const struct record_actor *actor)
{
    return actor->failed + actor->resets + actor->indeterminate;
}

/* Whether a finding says already why this actor completed nothing. */
static bool is_explained(const struct record *record, uint32_t actor,
                         const struct record_actor *counters)
{
    uint32_t index;
    const struct definition_type *type = definition_type_of(&record->definition, actor, &index);
    bool ended = attempts_of(counters) > 0 || counters->retired;
    for (unsigned i = 0; i < record->n_findings; i++) {
        const struct wire_finding *first = &record->findings[i].first;
        if (first->kind != FINDING_STARVED && first->actor >= 0 &&
            !record_known(record, &record->findings[i]) &&
            (first->actor == (int32_t)actor ||
             (ended && definition_type_of(&record->definition, (uint32_t)first->actor, &index) ==
                           type)))
            return true;
    }
    return false;
}

/* Whether an actor that never began an operation could have: a small target, or a short time, may
 * be over before, and among thousands of actors one may never get a processor. */
static bool had_a_chance(const struct record *record, uint32_t i, const struct record_actor *actor)
{
    uint64_t end = record->rested_ns ? record->rested_ns : record->ended_ns;
    uint64_t entered = relaxed(&control_ledger(&record->control, i)->entered_ns);
    uint64_t begun = record->target > 0 ? atomic_load(&record->control.header->begun_ns) : entered;
    if (record->target > 0 && record->target < definition_actors(&record->definition))
        return false;
    return actor->starts >= STARVED_ATTEMPTS ||
           (entered > 0 && begun > 0 && end > begun &&
            end - begun >= (record->target > 0 ? STARVED_TICKET_NS : STARVED_TIME_NS));
}

/* `idle`: the run counted nothing at all, so it shows nothing. */
static bool is_starved(const struct record *record, uint32_t i, const struct record_actor *actor,
                       bool idle)
{
    bool unknown = relaxed(&control_ledger(&record->control, i)->corrupted) > 0;
    bool given_up = actor->retired && record->end == WIRE_END_NO_ACTORS;
    if (actor->saboteur || actor->starts == 0 || unknown || is_explained(record, i, actor))
        return false;
    if (idle && (actor->uncounted || attempts_of(actor) == 0))
        return true;
    if ((actor->counted || actor->uncounted) && !given_up)
        return false;
    /* Faults and saboteurs may cut off a few operations. */
    return attempts_of(actor) > 0 ? attempts_of(actor) >= STARVED_ATTEMPTS
                                  : had_a_chance(record, i, actor);
}

static void starved_title(const struct record_actor *actor, bool idle, char *title, size_t size)
{
    if (idle && actor->uncounted)
        snprintf(title, size, "%s completed no operation that counts: %" PRIu64 " uncounted",
                 actor->name, actor->uncounted);
    else if (actor->counted || actor->uncounted)
        snprintf(title, size, "%s stopped completing operations: %" PRIu64 " attempts in vain",
                 actor->name, attempts_of(actor));
    else if (attempts_of(actor) > 0)
        snprintf(title, size, "%s completed no operation in %" PRIu64 " attempts", actor->name,
                 attempts_of(actor));
    else
        snprintf(title, size, "%s completed no operation", actor->name);
}

/* Only a run that came to its end shows it. One in which every actor was given up did. */
static bool shows_starved(const struct record *record)
{
    enum record_verdict verdict = record_verdict(record);
    if (record->signal || record->findings_are_up)
        return false;
    return verdict == RECORD_PASSED || verdict == RECORD_FAILED ||
           (!record->error && record->done && record->end == WIRE_END_NO_ACTORS);
}

static bool counted_nothing(const struct record *record)
{
    struct record_actor actor;
    for (uint32_t i = 0; read_actor(record, i, false, &actor); i++)
        if (actor.counted > 0 && !actor.saboteur)
            return false;
    return true;
}

unsigned record_add_starved(struct record *record)
{
    unsigned added = 0;
    struct record_actor actor;
    if (!shows_starved(record))
        return 0;
    bool idle = counted_nothing(record);
    for (uint32_t i = 0; read_actor(record, i, false, &actor); i++) {
        if (!is_starved(record, i, &actor, idle))
            continue;
        struct wire_finding finding = { .kind = FINDING_STARVED, .actor = (int32_t)i,
                                        .generation = record->generation,
                                        .operation = UINT64_MAX };
        bool is_new;
        starved_title(&actor, idle, finding.title, sizeof finding.title);
        if (record_add_finding(record, &finding, &is_new))
            added++;
    }
    return added;
}
