/* SPDX-License-Identifier: MIT
 * finding.c: see finding.h.
 */
#include "session/finding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "record/record.h"
#include "session/orders.h"
#include "session/output.h"
#include "session/progress.h"
#include "session/state.h"

enum { SESSION_TOP_FRAMES = 3 }; /* that distinguish one crash from another */

/* The number of a server in the table of servers; -1: not known (yet). */
static int server_index(const struct record *record, const char *name)
{
    const struct layout_header *header = record->control.header;
    uint32_t n = header ? header->n_servers : 0;
    for (uint32_t i = 0; i < n && i < DEFINITION_SERVERS; i++)
        if (strncmp(control_server(&record->control, i)->name, name, TEXT_NAME) == 0)
            return (int)i;
    return -1;
}

/* Copies what the process wrote to session->tail, and returns its size. *ret_index: the source. */
static size_t read_source(struct session *session, const struct wire_finding *finding,
                          enum wire_source *ret_source, int *ret_index)
{
    *ret_source = finding->server[0] ? WIRE_SOURCE_SERVER : WIRE_SOURCE_ACTOR;
    *ret_index = !finding->server[0] ? finding->actor
                 : finding->server_number > 0 ? finding->server_number - 1
                 : server_index(&session->record, finding->server);
    return output_tail(session->output, *ret_source, *ret_index, finding->start, session->tail,
                       sizeof session->tail);
}

/* The same, for a finding that is written: a cut is a doubt. */
static size_t read_tail(struct session *session, const struct wire_finding *finding)
{
    enum wire_source source;
    int index;
    size_t n = read_source(session, finding, &source, &index);
    session->record.doubts.count[DOUBT_OUTPUT_CUT] +=
        n > 0 && output_is_cut(session->output, source, index);
    return n;
}

/* The ends of what the servers wrote, and how they are. NULL: there are none. */
static json_t *read_servers(struct session *session)
{
    struct record *record = &session->record;
    if (record->n_servers > 0 && !session->server_tails)
        session->server_tails = malloc((size_t)DEFINITION_SERVERS * OUTPUT_TAIL);
    for (uint32_t i = 0; session->server_tails && i < record->n_servers; i++) {
        char *tail = session->server_tails + i * (size_t)OUTPUT_TAIL;
        record->servers[i].output = tail;
        record->servers[i].output_size = output_tail(session->output, WIRE_SOURCE_SERVER, (int)i,
                                                     0, tail, OUTPUT_TAIL);
    }
    return servers_json(record);
}

void session_publish(struct session *session, struct record_finding *finding)
{
    size_t size = read_tail(session, &finding->first);
    finding->servers = read_servers(session);
    finding->watched = watch_json(&session->record);
    rundir_finding(&session->rundir, &session->record, finding, session->tail, size);
    session_say_start(session);
    progress_finding(&session->progress, finding);
}

/* ---- the title --------------------------------------------------------------------------- */

/* "writer in put: SIGSEGV in store_insert". `moves`: the process was in a loop, and where exactly
 * it was is chance, so the function on top alone identifies the finding. */
static void name_by_frames(struct wire_finding *finding, const json_t *stack, bool moves,
                           char *frames, size_t size)
{
    char top[128];
    size_t used = strlen(finding->title);
    stacks_frames(stack, moves ? 1 : SESSION_TOP_FRAMES, frames, size);
    stacks_frames(stack, 1, top, sizeof top);
    if (*top)
        snprintf(finding->title + used, sizeof finding->title - used, " in %s", top);
}

/* "writer in put: AddressSanitizer: heap-use-after-free in store_insert". */
static void name_by_headline(struct wire_finding *finding, const char *headline)
{
    char *end = strstr(finding->title, ": ");
    size_t used = end ? (size_t)(end - finding->title) : strlen(finding->title);
    snprintf(finding->title + used, sizeof finding->title - used, ": %s", headline);
}

static bool is_death(const struct wire_finding *finding)
{
    return (finding->kind == FINDING_CRASH || finding->kind == FINDING_EXIT ||
            finding->kind == FINDING_SERVER_DEATH || finding->kind == FINDING_ENVIRONMENT) &&
           finding->pid > 0 && !finding->out_of_memory;
}

/* "sh: exit status 1: row 12 is missing". */
static bool name_by_last_line(struct session *session, struct wire_finding *finding)
{
    enum wire_source source = WIRE_SOURCE_ACTOR;
    char line[WIRE_TEXT];
    int index = finding->actor;
    if (finding->exit_status == 0 || (finding->code != 0 && !finding->by_program))
        return false;
    size_t used = strlen(finding->title);
    if (finding->server[0])
        read_source(session, finding, &source, &index);
    if (!output_last_line(session->output, source, index, finding->mark, line, sizeof line))
        return false;
    snprintf(finding->title + used, sizeof finding->title - used, ": %s", line);
    return true;
}

/* Titles the finding by what its process wrote, or by its stack. `frames`: receives the frames that
 * distinguish it from others, or "". Returns whether the new title does. */
static bool name_it(struct session *session, struct wire_finding *finding, const json_t *stack,
                    char *frames, size_t size)
{
    enum wire_source source;
    char headline[256];
    int index;
    bool hang = finding->kind == FINDING_HANG || session->kill == KILL_HOOK;
    frames[0] = '\0';
    if (is_death(finding) &&
        headline_find(session->tail, read_source(session, finding, &source, &index), finding->pid,
                      headline, sizeof headline))
        name_by_headline(finding, headline);
    else if (stack && (is_death(finding) || hang))
        name_by_frames(finding, stack, hang, frames, size);
    else
        return name_by_last_line(session, finding);
    return false;
}

/* The harness sent the signal to a hook that took too long, so the hook did not crash. */
static void take_crash_away(json_t *stack)
{
    for (size_t i = 0; i < json_array_size(stack); i++)
        json_object_del(json_array_get(stack, i), "crashed");
}

/* ---- what is kept ------------------------------------------------------------------------ */

/* Of those that look alike the first is kept, and one of the later ones: at 2, 4, 8, ... */
static void keep_another(struct session *session, struct record_finding *entry,
                         const struct wire_finding *finding, json_t *stack, json_t *injections)
{
    const struct record_finding another = {
        .id = entry->id, .count = entry->count, .first_ns = entry->last_ns,
        .last_ns = entry->last_ns, .last_generation = entry->last_generation, .first = *finding,
        .stack = stack, .injections = injections, .servers = read_servers(session),
        .watched = watch_json(&session->record) };
    size_t size = read_tail(session, finding);
    rundir_finding_again(&session->rundir, &session->record, entry, &another, session->tail, size);
    json_decref(another.servers);
    json_decref(another.watched);
}

/* The stack of the process, behind it those of others that it perhaps waits for. */
static json_t *claim_stacks(struct session *session, const struct wire_finding *finding)
{
    json_t *stack = stacks_claim(&session->stacks, finding->pid);
    for (uint32_t i = 0; i < finding->n_others; i++) {
        char name[64];
        if (stack && record_actor_name(&session->record, finding->others[i].actor, name))
            stacks_add_other(&session->stacks, stack, finding->others[i].pid, name);
    }
    return stack;
}

void session_finding(struct session *session, const struct wire_finding *finding)
{
    struct record *record = &session->record;
    struct wire_finding *named = &session->named;
    char frames[512];
    bool is_new;
    json_t *stack = claim_stacks(session, finding);
    json_t *injections = injected_before(record, finding);
    if (session->kill == KILL_HOOK)
        take_crash_away(stack);
    *named = *finding;
    bool titled = name_it(session, named, stack, frames, sizeof frames);
    if (session->episode_findings++ == 0)
        session->episode_first = *named;
    struct record_finding *entry = record_add_stack(record, named, titled ? named->title
                                                                          : finding->title,
                                                    frames, &is_new);
    if (!entry) {
        json_decref(stack);
        json_decref(injections);
        session_fail(session, "cannot keep one more finding: out of memory");
        return;
    }
    if (is_new) {
        entry->stack = json_incref(stack);
        entry->injections = json_incref(injections);
        session_publish(session, entry);
    } else if ((entry->count & (entry->count - 1)) == 0 || (stack && !entry->stack)) {
        if (!entry->stack) /* the first stack that could be read */
            entry->stack = json_incref(stack);
        keep_another(session, entry, named, stack, injections);
    }
    json_decref(stack);
    json_decref(injections);
    if (record->max_findings && record_unknown(record) >= record->max_findings &&
        !record->findings_are_up) {
        record->findings_are_up = true;
        session_stop(session);
    }
}

void session_finding_servers(struct session *session)
{
    struct record *record = &session->record;
    if (session->n_told == record->n_findings || record->n_servers == 0)
        return;
    json_t *servers = read_servers(session);
    for (unsigned i = session->n_told; servers && i < record->n_findings; i++) {
        struct record_finding *finding = &record->findings[i];
        json_decref(finding->servers);
        finding->servers = json_incref(servers);
        rundir_finding_servers(&session->rundir, record, finding);
        rundir_finding_update(&session->rundir, record, finding);
    }
    json_decref(servers);
}

void session_finding_keep(struct session *session)
{
    struct record *record = &session->record;
    if (session->options->keep == OPTIONS_KEEP_NEVER || session->scratch.at < 0)
        return;
    int scratch FD_CLEANUP = scratch_open(&session->scratch);
    for (; scratch >= 0 && session->n_kept < record->n_findings; session->n_kept++) {
        struct record_finding *finding = &record->findings[session->n_kept];
        rundir_finding_keep(&session->rundir, record, finding, scratch);
        if (finding->scratch.left_out > 0)
            progress_say(&session->progress, "finding %u: files of the scratch directory that are "
                         "not kept, unreadable or beyond %d MiB: %" PRIu64, finding->id,
                         KEPT_MOST >> 20, finding->scratch.left_out);
    }
}

void session_finding_reset(struct session *session, const struct wire_generation *generation)
{
    struct record *record = &session->record;
    for (; session->n_told < record->n_findings; session->n_told++) {
        struct record_finding *finding = &record->findings[session->n_told];
        if (generation->generation == 0)
            continue;
        finding->reset = session->last_reset;
        finding->reset_ns = generation->reset_ns;
        finding->was_reset = true;
        rundir_finding_update(&session->rundir, record, finding);
    }
}
