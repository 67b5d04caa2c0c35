/* SPDX-License-Identifier: MIT
 * episode.c: see episode.h.
 */
#include "session/episode.h"

#include <errno.h>
#include <string.h>

#include "session/cover.h"
#include "session/finding.h"
#include "session/injection.h"
#include "session/judge.h"
#include "session/orders.h"
#include "session/output.h"
#include "session/start.h"
#include "session/state.h"

/* Which call each of the first rules hit first. The event of it may be overwritten. */
static void note_hits(const struct share *share, struct session_result *ret)
{
    for (uint32_t rule = 0; rule < SHARE_HITS; rule++)
        if (atomic_load(&share->tally[rule].fired) > 0)
            ret->hit[rule] = share->hits[rule];
}

void episode_result(const struct session *session, struct session_result *ret)
{
    const struct record *record = &session->record;
    struct record_actor totals;
    record_totals(record, &totals);
    *ret = (struct session_result){ .counted = totals.counted,
                                    .n_findings = session->episode_findings,
                                    .kind = session->episode_first.kind };
    record_doubts(record, &ret->doubts);
    ret->global_address = session->global_address;
    if (record->control.header)
        ret->states_address = record->control.header->states_address;
    ret->hit[0].number = ret->hit[1].number = -1;
    if (record->share) {
        ret->fired = atomic_load(&record->share->fired);
        note_hits(record->share, ret);
    }
    memcpy(ret->title,
           session->episode_findings > 0 ? session->episode_first.title : record->reason,
           sizeof ret->title);
}

/* The supervisor of the last episode judges the next state, too. */
static int send_judge(struct session *session, struct error *error)
{
    return wire_send(session->wire, WIRE_JUDGE, &session->judge, sizeof session->judge, NULL, 0,
                     error);
}

static int send_again(struct session *session, struct error *error)
{
    static const struct wire_text nothing;
    session->phase = SESSION_SETTING_UP;
    return wire_send(session->wire, WIRE_AGAIN, &nothing, 0, NULL, 0, error) < 0
               ? -1 : session_send_global(session, error);
}

static void begin_again(struct session *session, bool stays, struct error *error)
{
    struct record *record = &session->record;
    session->episode_findings = 0;
    session->events_seen = 0;
    session->deaths_in_hooks = 0;
    session->work_at_death = 0;
    record->generation = 0;
    output_forget(session->output, WIRE_SOURCE_ACTOR, -1);
    output_reset(session->output);
    if (scratch_renew(&session->scratch, error) < 0 || session_cover(session, error) < 0 ||
        session_judge_fill(session, error) < 0) {
        session_fail(session, "%s", error->text);
        return;
    }
    if (record->share)
        warden_rules(&session->warden); /* before any call is judged by the new rules */
    if ((stays ? send_judge(session, error) : send_again(session, error)) < 0 &&
        error->code != EPIPE)
        session_fail(session, "%s", error->text);
}

void session_inspect(struct session *session)
{
    const struct session_orders *orders = session->orders;
    struct wire_finding finding = { .kind = FINDING_INVARIANT, .actor = -1,
                                    .operation = UINT64_MAX,
                                    .generation = session->record.generation };
    struct session_result result;
    if (!orders || !orders->inspect)
        return;
    episode_result(session, &result);
    orders->inspect(orders->user, &result, finding.title, sizeof finding.title);
    if (*finding.title)
        session_finding(session, &finding);
}

void session_episode(struct session *session, const struct wire_message *message)
{
    const struct session_orders *orders = session->orders;
    struct session_result result;
    struct rule rules[SESSION_RULES];
    struct error error;
    uint32_t n = 0;
    bool stays = message->body.done.stays && orders && orders->fill;
    if (!orders || !orders->again) {
        session_fail(session, "the supervisor's memory is corrupted: it sent the end of an "
                              "episode in a run without episodes");
        return;
    }
    session_injection_note(session);
    session_inspect(session);
    episode_result(session, &result);
    if (!orders->again(orders->user, &result, rules, &n)) {
        session_stop(session);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        if (rule_resolve(&rules[i], &session->record.definition, &error) < 0) {
            session_fail(session, "%s", error.text);
            return;
        }
    if (session->record.share)
        share_renew(session->record.share, rules, n);
    begin_again(session, stays, &error);
}
