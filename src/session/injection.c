/* SPDX-License-Identifier: MIT
 * injection.c: see injection.h.
 */
#include "session/injection.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "record/record.h"
#include "session/cover.h"
#include "session/orders.h"
#include "session/start.h"
#include "session/state.h"

/* The rules of the command line, then those of the orders. */
static int collect(struct session *session, struct rule *rules, uint32_t *ret_n,
                   struct error *error)
{
    const struct options *options = session->options;
    const struct session_orders *orders = session->orders;
    uint32_t n = 0, more = orders ? orders->n_rules : 0;
    for (unsigned i = 0; i < options->injections.n; i++, n++)
        if (rule_parse(options->injections.text[i], &rules[n], error) < 0)
            return -1;
    if (n + more > SHARE_RULES)
        return error_set(error, 0, "too many injections: at most %d are possible", SHARE_RULES);
    for (uint32_t i = 0; i < more; i++)
        rules[n++] = orders->rules[i];
    for (uint32_t i = 0; i < n; i++)
        if (rule_resolve(&rules[i], &session->record.definition, error) < 0)
            return -1;
    *ret_n = n;
    return 0;
}

static int make_memory(struct session *session, const struct rule *rules, uint32_t n,
                       const struct call_set *armable, struct error *error)
{
    const struct record *record = &session->record;
    char path[64];
    session->share_fd = share_create(rules, n, armable, record->seed, &record->definition,
                                     &session->record.share, error);
    if (session->share_fd < 0)
        return -1;
    session->record.share->traced = session->orders && session->orders->recording;
    if (session_keeps_output(session))
        memcpy(session->record.share->output, session->scratch.output, SHARE_PATH);
    if (!realpath(session_cover_path(session), session->record.share->disk))
        return error_set(error, errno, "cannot find %.500s", session_cover_path(session));
    snprintf(path, sizeof path, "/proc/self/fd/%d", session->share_fd);
    session->share_readonly = open(path, O_RDONLY | O_CLOEXEC);
    return session->share_readonly < 0
               ? error_set(error, errno, "cannot open the memory of injection for reading") : 0;
}

int session_injection_open(struct session *session, struct error *error)
{
    const char *injects = session->record.definition.injects;
    struct call_set armable;
    struct rule *rules = calloc(SHARE_RULES + 1, sizeof *rules);
    uint32_t n = 0;
    if (!rules)
        return error_set(error, ENOMEM, "cannot prepare the injections");
    int result = collect(session, rules, &n, error);
    if (result == 0 && *injects)
        result = call_set_parse(injects, &armable, NULL, error);
    if (result == 0 && (n > 0 || *injects))
        result = make_memory(session, rules, n, *injects ? &armable : NULL, error);
    free(rules);
    return result;
}

/* The file lists the first SESSION_EVENTS only: a rule that fires all the time must not fill the
 * disk. */
void session_injection_note(struct session *session)
{
    const struct share *share = session->record.share;
    uint64_t n = share ? atomic_load(&share->n_events) : 0;
    struct share_event event;
    for (; session->events_seen < n && session->events_seen < SESSION_EVENTS;
         session->events_seen++)
        if (share_event(share, session->events_seen, &event))
            rundir_event(&session->rundir, &session->record, "injection",
                         injected_json(&session->record, &event));
    int failure = share ? atomic_load(&share->failure) : 0;
    if (failure && !session->record.error)
        session_fail(session, "the injector cannot watch a process: %s", strerror(failure));
}

bool session_injection_killed(struct session *session)
{
    const struct share *share = session->record.share;
    uint64_t kills = share ? atomic_load(&share->hook_killed) : 0;
    bool killed = kills > session->hook_kills_seen;
    session->hook_kills_seen = kills;
    return killed;
}

uint64_t session_injection_held(const struct session *session)
{
    const struct share *share = session->record.share;
    uint64_t held = share ? atomic_load(&share->hook_held_ns) : 0;
    for (unsigned i = 0; share && i < DEFINITION_SERVERS; i++)
        held += atomic_load(&share->server_held_ns[i]);
    return held;
}
