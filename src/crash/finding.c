/* SPDX-License-Identifier: MIT
 * finding.c: see finding.h.
 */
#include "crash/finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "crash/loss.h"
#include "crash/recovery.h"
#include "crash/site.h"

enum { KEY = 2048 };

/* ---- sorting ------------------------------------------------------------------------------ */

/* The title without its numbers, except the exit status, which is a kind of its own. */
static void title_key(const char *title, char *to, size_t size)
{
    static const char status[] = "exit status ";
    const char *at = strstr(title, status);
    size_t length = at ? (size_t)(at - title) + strlen(status) : 0;
    if (at)
        length += strspn(title + length, "0123456789");
    if (length >= size)
        length = 0;
    memcpy(to, title, length);
    text_without_numbers(to + length, size - length, title + length);
}

static void step_key(const struct crash_source *source, uint64_t step, char *to, size_t size)
{
    if (step == UINT64_MAX)
        snprintf(to, size, "-");
    else
        loss_key(source, step, to, size);
}

static int find_ends(const struct crash *crash, const struct crash_case *entry, uint64_t *ret_lost,
                     uint64_t *ret_kept)
{
    const struct crash_source *source = recovery_source(crash, entry);
    struct loss_set set;
    *ret_lost = *ret_kept = UINT64_MAX;
    if (!crash->by_states)
        return 0;
    if (loss_of_state(source, &entry->state, &set) < 0)
        return -1;
    loss_ends(&source->steps, &entry->state, &set, ret_lost, ret_kept);
    free(set.pending);
    return 0;
}

static void make_key(const struct crash *crash, const struct crash_case *entry, uint64_t lost,
                     uint64_t kept, char key[KEY])
{
    const struct crash_source *source = recovery_source(crash, entry);
    char title[WIRE_TEXT], sites[2][LOSS_TEXT];
    title_key(entry->title ? entry->title : "", title, sizeof title);
    step_key(source, lost, sites[0], sizeof sites[0]);
    step_key(source, kept, sites[1], sizeof sites[1]);
    snprintf(key, KEY, "%s%.511s|%.511s|%" PRIu32 "|%.900s", entry->recovery ? "reset: " : "",
             sites[0], sites[1], entry->kind, title);
}

static struct crash_finding *find(struct crash *crash, const char *key)
{
    for (size_t i = 0; i < crash->n_findings; i++)
        if (strcmp(crash->findings[i].key, key) == 0)
            return &crash->findings[i];
    return NULL;
}

static struct crash_finding *add(struct crash *crash, const char *key)
{
    struct crash_finding *more =
        realloc(crash->findings, (crash->n_findings + 1) * sizeof *more);
    if (!more)
        return NULL;
    crash->findings = more;
    struct crash_finding *finding = &more[crash->n_findings];
    *finding = (struct crash_finding){ .first = SIZE_MAX };
    if (asprintf(&finding->key, "%s", key) < 0)
        return NULL;
    crash->n_findings++;
    return finding;
}

static size_t losses_of(const struct crash_case *entry)
{
    return entry->state.n_lost + entry->state.n_torn;
}

/* The finding of a case; its steps and title tell which one it is. A state that was judged for an
 * earlier case belongs where that one does, whatever its own model calls lost. NULL: no memory. */
static struct crash_finding *finding_of(struct crash *crash, size_t which, uint64_t lost,
                                        uint64_t kept)
{
    const struct crash_case *entry = &crash->cases[which];
    char key[KEY];
    if (entry->same != which)
        return &crash->findings[crash->cases[entry->same].finding];
    make_key(crash, entry, lost, kept, key);
    struct crash_finding *finding = find(crash, key);
    return finding ? finding : add(crash, key);
}

static int sort_one(struct crash *crash, size_t which)
{
    struct crash_case *entry = &crash->cases[which];
    uint64_t lost, kept;
    if (find_ends(crash, entry, &lost, &kept) < 0)
        return -1;
    struct crash_finding *finding = finding_of(crash, which, lost, kept);
    if (!finding)
        return -1;
    entry->finding = (size_t)(finding - crash->findings);
    finding->count++;
    finding->states += entry->same == which;
    finding->models |= 1u << recovery_fault(crash, entry)->model;
    if (finding->first == SIZE_MAX ||
        losses_of(entry) < losses_of(&crash->cases[finding->first])) {
        finding->first = which;
        finding->lost = lost;
        finding->kept = kept;
    }
    return 0;
}

int finding_sort(struct crash *crash)
{
    for (size_t i = 0; i < crash->n_cases; i++)
        if (crash->cases[i].verdict == CRASH_FINDING && sort_one(crash, i) < 0)
            return -1;
    return 0;
}

bool finding_is_alike(const struct crash *crash, size_t finding, size_t which)
{
    const struct crash_case *entry = &crash->cases[which];
    const struct crash_case *first = &crash->cases[crash->findings[finding].first];
    char titles[2][WIRE_TEXT];
    title_key(entry->title ? entry->title : "", titles[0], sizeof titles[0]);
    title_key(first->title ? first->title : "", titles[1], sizeof titles[1]);
    return entry->kind == first->kind && strcmp(titles[0], titles[1]) == 0;
}

void finding_replace(struct crash *crash, size_t finding, size_t which)
{
    struct crash_finding *known = &crash->findings[finding];
    uint64_t lost, kept;
    if (find_ends(crash, &crash->cases[which], &lost, &kept) < 0)
        return; /* no memory: it stays as it is */
    known->first = which;
    known->lost = lost;
    known->kept = kept;
}

/* Gives the cases of one finding to another. */
static void join(struct crash *crash, size_t from, size_t to)
{
    size_t moved = to < from ? to : to - 1;
    struct crash_finding *gone = &crash->findings[from], *stays = &crash->findings[to];
    stays->count += gone->count;
    stays->states += gone->states;
    stays->models |= gone->models;
    free(gone->key);
    crash->n_findings--;
    memmove(gone, gone + 1, (crash->n_findings - from) * sizeof *gone);
    for (size_t i = 0; i < crash->n_cases + crash->n_more; i++) {
        struct crash_case *entry = &crash->cases[i];
        if (entry->verdict != CRASH_FINDING || entry->finding < from)
            continue;
        entry->finding = entry->finding == from ? moved : entry->finding - 1;
    }
}

static bool is_lost(const struct durable_state *state, uint64_t step, bool or_torn)
{
    for (size_t i = 0; i < state->n_lost; i++)
        if (state->lost[i] == step)
            return true;
    for (size_t i = 0; or_torn && i < state->n_torn; i++)
        if (state->torn[i].step == step)
            return true;
    return false;
}

/* Has the first state of a finding lost all that the first one of `why` has, kept the step that
 * is named there, and fails alike? */
static bool is_explained(const struct crash *crash, size_t finding, size_t why)
{
    size_t first = crash->findings[finding].first, known = crash->findings[why].first;
    const struct durable_state *more = &crash->cases[first].state;
    const struct durable_state *less = &crash->cases[known].state;
    if (crash->cases[first].recovery != crash->cases[known].recovery)
        return false; /* their steps are those of two recordings */
    if (is_lost(more, crash->findings[why].kept, false))
        return false;
    for (size_t i = 0; i < less->n_lost; i++)
        if (!is_lost(more, less->lost[i], false))
            return false;
    for (size_t i = 0; i < less->n_torn; i++)
        if (!is_lost(more, less->torn[i].step, true))
            return false;
    return less->n_lost + less->n_torn > 0 && finding_is_alike(crash, why, first);
}

/* What such a state has lost besides is no news: alone it would be a finding of its own. */
static void join_explained(struct crash *crash)
{
    for (size_t i = 0; i < crash->n_findings; i++)
        for (size_t k = 0; k < crash->n_findings; k++)
            if (k != i && is_explained(crash, i, k)) {
                join(crash, i--, k);
                break;
            }
}

int finding_join(struct crash *crash)
{
    for (size_t i = 0; i < crash->n_findings; i++) {
        struct crash_finding *finding = &crash->findings[i];
        char key[KEY];
        make_key(crash, &crash->cases[finding->first], finding->lost, finding->kept, key);
        free(finding->key);
        if (asprintf(&finding->key, "%s", key) < 0) {
            finding->key = NULL;
            return -1;
        }
        size_t same = (size_t)(find(crash, key) - crash->findings);
        if (same < i)
            join(crash, i--, same);
    }
    join_explained(crash);
    return 0;
}

size_t finding_know(struct crash *crash)
{
    size_t n = 0;
    for (size_t i = 0; i < crash->n_findings; i++)
        crash->findings[i].known = known_find(&crash->known, crash->findings[i].key);
    for (size_t i = 0; i < crash->n_cases; i++)
        n += crash->cases[i].verdict == CRASH_FINDING &&
             crash->findings[crash->cases[i].finding].known;
    return n;
}

/* ---- models ------------------------------------------------------------------------------- */

/* Has a state lost the step that the finding names, and kept the other one? Of steps of the same
 * call sites each will do. -1: no memory. */
static int shows(const struct crash *crash, const struct crash_case *entry,
                 const struct crash_finding *finding)
{
    char key[KEY];
    uint64_t lost, kept;
    if (entry->recovery == crash->cases[finding->first].recovery &&
        is_lost(&entry->state, finding->lost, true) &&
        !is_lost(&entry->state, finding->kept, false) &&
        (finding->kept == UINT64_MAX || finding->kept < entry->state.point))
        return 1;
    if (find_ends(crash, entry, &lost, &kept) < 0)
        return -1;
    make_key(crash, entry, lost, kept, key);
    return strcmp(key, finding->key) == 0;
}

static bool is_of(const struct crash *crash, size_t which, size_t finding)
{
    return crash->cases[which].verdict == CRASH_FINDING && crash->cases[which].finding == finding;
}

static unsigned model_of_case(const struct crash *crash, size_t which)
{
    return 1u << recovery_fault(crash, &crash->cases[which])->model;
}

/* Returns the models under which a state was met that shows the finding; or -1: no memory. `met`:
 * see recovery_models(). */
static int find_shown(const struct crash *crash, size_t which, const unsigned *met)
{
    const struct crash_finding *finding = &crash->findings[which];
    unsigned shown = model_of_case(crash, finding->first);
    for (size_t i = 0; i < crash->n_cases && shown != finding->models; i++) {
        int does = is_of(crash, i, which) && crash->cases[i].same == i && (met[i] & ~shown) != 0
                       ? shows(crash, &crash->cases[i], finding) : 0;
        if (does < 0)
            return -1;
        shown |= does > 0 ? met[i] : 0;
    }
    return (int)shown;
}

/* Would there be states of both, with the models of `shown` and with others? */
static bool is_parted(const struct crash *crash, size_t which, unsigned shown, const unsigned *met)
{
    bool some = false;
    for (size_t i = 0; i < crash->n_cases && !some; i++)
        some = is_of(crash, i, which) && (met[crash->cases[i].same] & ~shown) == 0;
    return some && shown != crash->findings[which].models;
}

/* Makes a finding of the states that were met under other models than `shown`. -1: no memory. */
static int part_off(struct crash *crash, size_t from, unsigned shown, const unsigned *met)
{
    if (!add(crash, ""))
        return -1;
    struct crash_finding *old = &crash->findings[from];
    struct crash_finding *made = &crash->findings[crash->n_findings - 1];
    old->models = shown;
    for (size_t i = 0; i < crash->n_cases; i++) {
        struct crash_case *entry = &crash->cases[i];
        if (!is_of(crash, i, from) || (met[entry->same] & ~shown) == 0)
            continue;
        entry->finding = crash->n_findings - 1;
        old->count--;
        made->count++;
        old->states -= entry->same == i;
        made->states += entry->same == i;
        made->models |= model_of_case(crash, i);
        if (entry->same == i && (made->first == SIZE_MAX ||
                                 losses_of(entry) < losses_of(&crash->cases[made->first])))
            made->first = i;
    }
    finding_replace(crash, crash->n_findings - 1, made->first);
    return 0;
}

int finding_part(struct crash *crash)
{
    unsigned *met = recovery_models(crash, crash->n_cases);
    int result = met ? 0 : -1;
    for (size_t i = 0; i < crash->n_findings && result == 0; i++) {
        int shown = find_shown(crash, i, met);
        if (shown < 0)
            result = -1;
        else if (is_parted(crash, i, (unsigned)shown, met))
            result = part_off(crash, i, (unsigned)shown, met);
    }
    free(met);
    return result;
}

void finding_free(struct crash *crash)
{
    for (size_t i = 0; i < crash->n_findings; i++) {
        free(crash->findings[i].key);
        free(crash->findings[i].repair);
    }
    free(crash->findings);
}

/* ---- call sites --------------------------------------------------------------------------- */

/* The steps of a state that a finding may name. */
static int want_steps(const struct crash *crash, const struct crash_case *entry, bool *wanted)
{
    const struct crash_source *source = recovery_source(crash, entry);
    const struct durable_state *state = &entry->state;
    uint64_t lost, kept;
    if (find_ends(crash, entry, &lost, &kept) < 0)
        return -1;
    site_want(source, kept, wanted);
    site_want(source, state->point, wanted);
    for (size_t i = 0; i < state->n_lost; i++)
        site_want(source, state->lost[i], wanted);
    for (size_t i = 0; i < state->n_torn; i++)
        site_want(source, state->torn[i].step, wanted);
    return 0;
}

/* Reads the stacks of one recording; NULL: that of the run. */
static int read_sites(struct crash *crash, struct crash_recovery *recovery)
{
    struct crash_source *source = recovery ? &recovery->source : &crash->recorded;
    bool *wanted = calloc(source->steps.n_calls + 1, sizeof *wanted);
    int result = wanted ? 0 : -1;
    for (size_t i = 0; i < crash->n_cases + crash->n_more && result == 0; i++)
        if (crash->cases[i].verdict == CRASH_FINDING && crash->cases[i].recovery == recovery)
            result = want_steps(crash, &crash->cases[i], wanted);
    if (result == 0)
        result = site_read(source, wanted);
    free(wanted);
    return result;
}

int finding_sites(struct crash *crash)
{
    if (!crash->by_states)
        return 0;
    int result = read_sites(crash, NULL);
    for (size_t i = 0; i < crash->n_recoveries && result == 0; i++)
        if (crash->recoveries[i]->source.builder) /* else no finding needs it */
            result = read_sites(crash, crash->recoveries[i]);
    return result;
}

/* ---- words -------------------------------------------------------------------------------- */

/* " [xfs, posix; not ext4]" */
static void say_models(const struct crash *crash, unsigned models, char *to, size_t size)
{
    unsigned asked = crash->models, others = asked & ~models;
    size_t used = 0;
    *to = '\0';
    if (asked == 1u << DURABLE_PROCESS) /* there is no other one to tell apart */
        return;
    for (unsigned m = 0; m < DURABLE_MODELS; m++)
        if (models & asked & 1u << m)
            used += (size_t)snprintf(to + used, size - used, "%s%s", used ? ", " : " [",
                                     durable_model_name((enum durable_model)m));
    bool first = true;
    for (unsigned m = 0; m < DURABLE_MODELS; m++)
        if (others & 1u << m) {
            used += (size_t)snprintf(to + used, size - used, "%s%s", first ? "; not " : ", ",
                                     durable_model_name((enum durable_model)m));
            first = false;
        }
    snprintf(to + used, size - used, "]");
}

/* "the power was cut before fsync of store.wal" */
static void say_moment(const struct crash *crash, const struct crash_case *entry, char *to,
                       size_t size)
{
    const struct crash_source *source = recovery_source(crash, entry);
    char text[LOSS_TEXT] = "", name[CALL_NAME];
    const struct crash_fault *fault = recovery_fault(crash, entry);
    uint64_t point = entry->state.point;
    if (point < source->steps.n_steps)
        loss_step(source, point, UINT64_MAX, text, sizeof text);
    const struct share_call *call = entry->recovery ? entry->hook
                                                    : &crash->points->points[entry->point];
    const char *slash = strrchr(call->path, '/');
    if (!fault->power)
        snprintf(to, size, "killed %s %s of %.200s",
                 fault->action == RULE_TORN         ? "inside"
                 : fault->action == RULE_KILL_AFTER ? "after" : "before",
                 call_name(call->number, name, sizeof name),
                 slash ? slash + 1 : *call->path ? call->path : "the disk");
    else if (*text)
        snprintf(to, size, "power lost before %s", text);
    else
        snprintf(to, size, "power lost at the end");
}

/* "killed before write of a, then in the reset " */
static void say_before(const struct crash *crash, const struct crash_case *entry, char *to,
                       size_t size)
{
    char moment[LOSS_TEXT + 64];
    *to = '\0';
    if (!entry->recovery)
        return;
    const struct crash_case *after = &crash->cases[entry->after];
    say_moment(crash, after, moment, sizeof moment);
    size_t n = losses_of(after);
    if (n > 0)
        snprintf(to, size, "%s, where %zu step%s lost or torn, then in the reset ", moment, n,
                 n == 1 ? " was" : "s were");
    else
        snprintf(to, size, "%s, then in the reset ", moment);
}

/* What does not fit is cut off. */
static __attribute__((format(printf, 3, 4))) void append(char *to, size_t size,
                                                         const char *format, ...)
{
    size_t used = strlen(to);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(to + used, size - used, format, arguments);
    va_end(arguments);
}

const char *finding_headline(const struct crash *crash, const struct crash_finding *finding,
                             char *to, size_t size)
{
    const struct crash_case *entry = &crash->cases[finding->first];
    const struct crash_source *source = recovery_source(crash, entry);
    char moment[LOSS_TEXT + 64], before[2 * LOSS_TEXT], models[128];
    char lost[LOSS_TEXT] = "", kept[LOSS_TEXT] = "";
    size_t n = losses_of(entry);
    say_moment(crash, entry, moment, sizeof moment);
    if (finding->lost != UINT64_MAX)
        loss_step(source, finding->lost, UINT64_MAX, lost, sizeof lost);
    if (finding->kept != UINT64_MAX)
        loss_step(source, finding->kept, UINT64_MAX, kept, sizeof kept);
    say_models(crash, finding->models, models, sizeof models);
    say_before(crash, entry, before, sizeof before);
    snprintf(to, size, "%s%s: ", before, moment);
    if (*kept)
        append(to, size, "%s was kept, ", kept);
    if (!*lost)
        append(to, size, "no step was lost");
    else
        append(to, size, "%s was %s", lost, entry->state.n_lost == 0 ? "torn" : "lost");
    if (n > 1)
        append(to, size, ", and %zu more", n - 1);
    append(to, size, "%s", models);
    return to;
}
