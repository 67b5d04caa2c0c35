/* SPDX-License-Identifier: MIT
 * messages.c: see messages.h.
 */
#include "config.h"

#include "session/messages.h"

#include "session/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "report/report.h"
#include "session/episode.h"
#include "session/finding.h"
#include "session/injection.h"
#include "session/judge.h"
#include "session/orders.h"
#include "session/output.h"
#include "session/progress.h"
#include "session/replay.h"
#include "session/start.h"

enum { SESSION_MESSAGES = 256 }; /* handled before signals and deadlines get their turn */
static const uint64_t session_default_limit_ns = 60 * CLOCK_SECOND;
static const uint64_t session_close_ns = 10 * CLOCK_SECOND;

/* The supervisor broke the protocol: nothing that it sends can be trusted. */
static void nonsense(struct session *session, const char *what)
{
    session_fail(session, "the supervisor's memory is corrupted: it sent %s", what);
}

/* From now on the supervisor can only end. */
static void await_death(struct session *session)
{
    session->phase = SESSION_CLOSING;
    session->timers[TIMER_HOOK] = session->timers[TIMER_STOP] = CLOCK_NEVER;
    session->timers[TIMER_SPEAK] = CLOCK_NEVER;
    if (session->kill == KILL_NONE)
        session->timers[TIMER_CLOSE] = clock_now() + session_close_ns;
}

/* Whether no earlier supervisor has completed its setup. */
static bool is_first(const struct session *session)
{
    return session->control_fd < 0;
}

static bool is_actor(const struct session *session, int32_t actor)
{
    return actor >= 0 && (uint32_t)actor < definition_actors(&session->record.definition);
}

static void member_actor(json_t **object, const struct session *session, int32_t actor)
{
    char name[TEXT_NAME + 16];
    uint32_t index;
    const struct definition_type *type = NULL;
    if (is_actor(session, actor))
        type = definition_type_of(&session->record.definition, (uint32_t)actor, &index);
    if (!type)
        return;
    snprintf(name, sizeof name, "%s.%u", type->name, index);
    member_text(object, "actor", name);
}

static void event(struct session *session, const char *name, json_t *fields)
{
    rundir_event(&session->rundir, &session->record, name, fields);
}

/* ---- before the run --------------------------------------------------------------------- */

static void start_event(struct session *session)
{
    const struct record *record = &session->record;
    json_t *fields = json_object();
    member_count(&fields, "schema", RECORD_SCHEMA);
    member_text(&fields, "version", PACKAGE_VERSION);
    member_text(&fields, "workload", record->workload);
    member_text(&fields, "environment", record->definition.name);
    member_hex(&fields, "seed", record->seed);
    member_instant(&fields, "started", record->started_unix);
    origin_set(&fields, record->options ? &record->options->shard : NULL, record->tested);
    if (record->target)
        member_count(&fields, "target", record->target);
    else
        member_text(&fields, "target", NULL);
    if (record->time_limit_ns)
        member_seconds(&fields, "time_limit_s", record->time_limit_ns);
    else
        member_text(&fields, "time_limit_s", NULL);
    event(session, "start", fields);
}

/* Sets the exit criteria: the options take precedence over the definition. */
static void settle_limits(struct session *session)
{
    const struct options *options = session->options;
    struct record *record = &session->record;
    uint64_t most = session->orders ? session->orders->most_operations : 0;
    record->target = options->operations.given ? options->operations.value
                                               : definition_target(&record->definition, most);
    record->time_limit_ns = options->time_limit.given ? options->time_limit.value
                                                      : record->definition.time_limit_ns;
    if (!record->target && !record->time_limit_ns && !options->time_limit.given) {
        record->time_limit_ns = session_default_limit_ns;
        session->default_limit = true;
    }
}

static void take_definition(struct session *session, const struct wire_message *message)
{
    const struct definition *definition = &message->body.definition;
    struct error error;
    session->timers[TIMER_SPEAK] = CLOCK_NEVER;
    if (definition_check(definition, &error) < 0) {
        nonsense(session, error.text);
        return;
    }
    bool first = session->declared.n_types == 0;
    if (first) {
        session->declared = session->record.definition = *definition;
        settle_limits(session);
    } else if (memcmp(definition, &session->declared, sizeof *definition) != 0) {
        session_fail(session, "the workload changed while it ran: a new supervisor sent another "
                              "definition");
        return;
    }
    if (session->list) {
        session_close_wire(session);
        await_death(session);
        return;
    }
    if (first && (session_replay_check(session, false, &error) < 0 ||
                  session_injection_open(session, &error) < 0)) {
        if (error.code) { /* a failure of the machine, not wrong usage */
            session_fail(session, "%s", error.text);
            return;
        }
        session_refuse(session, error.text);
        session_close_wire(session);
        await_death(session);
        return;
    }
    if (first) {
        start_event(session);
        if (session_make_global(session, &error) < 0 || session_judge_fill(session, &error) < 0) {
            session_fail(session, "%s", error.text);
            return;
        }
    }
    session->phase = SESSION_SETTING_UP;
    if (session_send_global(session, &error) < 0 && error.code != EPIPE)
        session_fail(session, "%s", error.text);
}

static void take_refused(struct session *session, const struct wire_message *message)
{
    if (is_first(session))
        session_refuse(session, message->body.text.text);
    else
        session_fail(session, "cannot start a new supervisor: %s", message->body.text.text);
    await_death(session);
}

static void take_skipped(struct session *session, const struct wire_message *message)
{
    struct record *record = &session->record;
    if (!is_first(session)) {
        session_fail(session, "setup skipped the run after an earlier setup did not: %s",
                     message->body.text.text);
        return;
    }
    text_copy(record->reason, sizeof record->reason, message->body.text.text);
    record->skipped = true;
    await_death(session);
}

/* The numbers of the first setup stand. A later setup that chooses others ends the run. */
static bool same_counts(struct session *session, const struct wire_counts *counts)
{
    const struct definition *definition = &session->record.definition;
    for (uint32_t i = 0; i < counts->n_types; i++)
        if (counts->count[i] != definition->types[i].count)
            return false;
    return true;
}

static bool counts_make_sense(const struct session *session, const struct wire_counts *counts)
{
    const struct definition *definition = &session->record.definition;
    uint64_t sum = 0;
    if (counts->n_types != definition->n_types)
        return false;
    for (uint32_t i = 0; i < counts->n_types; i++)
        sum += counts->count[i];
    return sum > 0 && sum <= DEFINITION_ACTORS &&
           (definition->global_size == 0) == (counts->global_address == 0);
}

static void take_counts(struct session *session, const struct wire_message *message)
{
    const struct wire_counts *counts = &message->body.counts;
    struct definition *definition = &session->record.definition;
    struct error error;
    if (!counts_make_sense(session, counts)) {
        nonsense(session, "impossible numbers of actors");
        return;
    }
    if (is_first(session)) {
        session->global_address = counts->global_address;
        for (uint32_t i = 0; i < counts->n_types; i++)
            definition->types[i].count = counts->count[i];
    } else if (!same_counts(session, counts)) {
        const struct wire_finding finding = {
            .kind = FINDING_ENVIRONMENT, .actor = -1, .operation = UINT64_MAX,
            .generation = session->record.generation,
            .title = "setup chose other numbers of actors than before" };
        session_finding(session, &finding);
        session_kill(session, KILL_OVER);
        return;
    }
    if (session_replay_check(session, true, &error) < 0) {
        session_refuse(session, error.text);
        session_kill(session, KILL_OVER);
        return;
    }
    if (session_send_memory(session, &error) < 0 && error.code != EPIPE) {
        session_fail(session, "%s", error.text);
        return;
    }
    session->phase = SESSION_RUNNING;
    session_say_start(session);
    if (session->stop_wanted)
        session_stop(session);
}

/* ---- the run ---------------------------------------------------------------------------- */

static void take_hook_begin(struct session *session, const struct wire_message *message)
{
    if (session->kill == KILL_HOOK)
        return; /* the hook that took too long stays the current one */
    session->hook = (int)message->body.hook.hook;
    if (session->hook != WIRE_HOOK_DESCRIBE && session->record.rested_ns == 0)
        session->record.rested_ns = clock_now();
    session->hook_pid = message->body.hook.pid;
    session->timers[TIMER_HOOK] =
        clock_now() + (session->hook == WIRE_HOOK_DESCRIBE ? SESSION_DESCRIBE_NS
                                                           : session->options->reset_timeout_ns);
}

static void take_hook_end(struct session *session, const struct wire_message *message)
{
    const struct wire_hook *hook = &message->body.hook;
    if (session->kill == KILL_HOOK)
        return;
    session->hook = -1;
    /* Here, since the next one may be held before its beginning is heard. */
    session->hook_held_ns = session_injection_held(session);
    session->timers[TIMER_HOOK] = CLOCK_NEVER;
    if (hook->result == STRESS_ENV_OK)
        return;
    json_t *fields = json_object();
    member_text(&fields, "hook", wire_hook_text((enum wire_hook_name)hook->hook));
    member_text(&fields, "outcome", wire_result_text(hook->result));
    event(session, "hook", fields);
}

static void take_generation(struct session *session, const struct wire_message *message)
{
    const struct wire_generation *generation = &message->body.generation;
    struct record *record = &session->record;
    history_generation(&session->history, record, &session->rundir, generation->generation,
                       generation->at_ns);
    record->generation = generation->generation;
    if (!session->stop_wanted)
        record->rested_ns = 0;
    record->reset_total_ns += generation->reset_ns;
    if (generation->reset_ns > record->reset_max_ns)
        record->reset_max_ns = generation->reset_ns;
    session_finding_reset(session, generation);
    if (!session->limit_started && record->time_limit_ns)
        session->timers[TIMER_LIMIT] = clock_now() + record->time_limit_ns;
    session->limit_started = true;
    json_t *fields = json_object();
    member_count(&fields, "generation", generation->generation);
    member_seconds(&fields, "reset_s", generation->reset_ns);
    event(session, "generation", fields);
}

static void take_reset(struct session *session, const struct wire_message *message)
{
    const struct wire_reset *reset = &message->body.reset;
    if (reset->actor >= 0 && !is_actor(session, reset->actor)) {
        nonsense(session, "a reset by an unknown actor");
        return;
    }
    session->record.resets++;
    if (reset->announced && strcmp(reset->announcement, "injection") != 0)
        session->record.announced++;
    session->last_reset = *reset;
    json_t *fields = json_object();
    member_count(&fields, "generation", reset->generation);
    member_text(&fields, "cause", wire_cause_text(reset->cause));
    member_set(&fields, "announced", json_boolean(reset->announced));
    member_actor(&fields, session, reset->actor);
    if (reset->announcement[0])
        member_text(&fields, "announcement", reset->announcement);
    event(session, "reset", fields);
    session_finding_servers(session);
    output_reset(session->output);
}

static void take_draft(struct session *session, const struct wire_message *message)
{
    const struct wire_finding *finding = &message->body.finding;
    session->drafted = finding->actor < 0 || is_actor(session, finding->actor);
    session->draft = *finding;
    if (!session->drafted)
        nonsense(session, "a finding about an unknown actor");
}

static void take_finding(struct session *session, const struct wire_message *message)
{
    take_draft(session, message);
    if (!session->drafted)
        return;
    session->drafted = false;
    session_finding(session, &session->draft);
}

static void take_server(struct session *session, const struct wire_message *message)
{
    const struct wire_server *server = &message->body.server;
    servers_note(&session->record, server);
    json_t *fields = json_object();
    member_text(&fields, "name", server->name);
    member_text(&fields, "state", servers_state((enum wire_server_event)server->event));
    member_count(&fields, "pid", server->pid > 0 ? (uint64_t)server->pid : 0);
    if (server->event != WIRE_SERVER_READY)
        servers_set_end(&fields, server);
    event(session, "server", fields);
}

static void take_watch(struct session *session, const struct wire_message *message)
{
    watch_note(&session->record, &message->body.watch);
}

static const char *how_it_died(const struct wire_death *death, char *buffer, size_t size)
{
    if (death->signal != 0)
        return text_signal(death->signal, buffer, size);
    snprintf(buffer, size, "exit %d", death->exit_status);
    return buffer;
}

static void take_retired(struct session *session, const struct wire_message *message)
{
    const struct wire_retired *retired = &message->body.retired;
    if (!is_actor(session, retired->actor)) {
        nonsense(session, "the retirement of an unknown actor");
        return;
    }
    char how[32 * WIRE_DEATHS] = "";
    for (uint32_t i = 0; i < retired->n_deaths; i++) {
        char one[32];
        size_t used = strlen(how);
        snprintf(how + used, sizeof how - used, "%s%s", i > 0 ? ", " : "",
                 how_it_died(&retired->deaths[i], one, sizeof one));
    }
    json_t *fields = json_object();
    member_actor(&fields, session, retired->actor);
    member_count(&fields, "deaths", retired->fruitless);
    member_text(&fields, "how", how);
    event(session, "retired", fields);
    uint32_t index = 0;
    const struct definition_type *type =
        definition_type_of(&session->record.definition, (uint32_t)retired->actor, &index);
    if (retired->n_deaths > 0)
        progress_say(&session->progress, "actor %s.%u is given up: it died %u times without an "
                     "operation in between (%s)", type->name, index, retired->fruitless, how);
    else
        progress_say(&session->progress, "actor %s.%u is given up: it failed %u times without a "
                     "successful operation in between", type->name, index, retired->fruitless);
}

static void take_held(struct session *session, const struct wire_message *message)
{
    const struct session_orders *orders = session->orders;
    if (orders && orders->held)
        orders->held(orders->held_user, message->body.held.pid);
}

/* Its findings have been counted: if one was the last, STOP is on its way. */
static void take_ask(struct session *session, const struct wire_message *message)
{
    struct error error;
    (void)message;
    /* A failure is ignored: if the supervisor is gone, its death follows. */
    if (!session->stop_sent && session->wire >= 0)
        wire_send(session->wire, WIRE_GO, NULL, 0, NULL, 0, &error);
}

static void take_keep(struct session *session, const struct wire_message *message)
{
    struct error error;
    (void)message;
    session_finding_keep(session);
    if (session->wire >= 0) /* a failure is ignored, as above */
        wire_send(session->wire, WIRE_GO, NULL, 0, NULL, 0, &error);
}

static void take_error(struct session *session, const struct wire_message *message)
{
    struct record *record = &session->record;
    if (!record->error)
        text_copy(record->reason, sizeof record->reason, message->body.text.text);
    record->error = true;
    await_death(session);
}

static void take_done(struct session *session, const struct wire_message *message)
{
    struct record *record = &session->record;
    record->done = true;
    record->end = (enum wire_end)message->body.done.end;
    if (!session->orders || !session->orders->again) /* else each episode was inspected */
        session_inspect(session);
    record->strays += message->body.done.strays;
    await_death(session);
}

/* ---- dispatch --------------------------------------------------------------------------- */

enum { ANY = SESSION_SETTING_UP | SESSION_RUNNING };

static const struct {
    void (*take)(struct session *, const struct wire_message *);
    unsigned phases; /* in which it is permitted */
} session_handlers[WIRE_LAST] = {
    [WIRE_DEFINITION] = { take_definition, SESSION_DEFINING },
    [WIRE_REFUSED] = { take_refused, SESSION_DEFINING | SESSION_SETTING_UP },
    [WIRE_SKIPPED] = { take_skipped, SESSION_SETTING_UP },
    [WIRE_COUNTS] = { take_counts, SESSION_SETTING_UP },
    [WIRE_HOOK_BEGIN] = { take_hook_begin, ANY },
    [WIRE_HOOK_END] = { take_hook_end, ANY },
    [WIRE_GENERATION] = { take_generation, SESSION_RUNNING },
    [WIRE_RESET] = { take_reset, SESSION_RUNNING },
    [WIRE_DRAFT] = { take_draft, SESSION_RUNNING },
    [WIRE_FINDING] = { take_finding, ANY },
    [WIRE_SERVER] = { take_server, ANY | SESSION_CLOSING },
    [WIRE_WATCH] = { take_watch, SESSION_RUNNING },
    [WIRE_RETIRED] = { take_retired, SESSION_RUNNING },
    [WIRE_HELD] = { take_held, SESSION_RUNNING },
    [WIRE_ERROR] = { take_error, SESSION_DEFINING | ANY },
    [WIRE_DONE] = { take_done, ANY },
    [WIRE_EPISODE] = { session_episode, SESSION_RUNNING },
    [WIRE_ASK] = { take_ask, SESSION_RUNNING },
    [WIRE_KEEP] = { take_keep, SESSION_RUNNING },
};

static void dispatch(struct session *session, const struct wire_message *message)
{
    if (message->type < WIRE_LAST && session_handlers[message->type].take &&
        (session_handlers[message->type].phases & session->phase))
        session_handlers[message->type].take(session, message);
    else
        nonsense(session, "a message out of turn");
    for (int i = 0; i < WIRE_FDS; i++)
        fd_cleanup((int *)&message->fds[i]);
}

/* Handles one message. Returns false if there is none now, or will be none. */
static bool hear_one(struct session *session)
{
    struct error error;
    int result = wire_receive(session->wire, false, &session->message, &error);
    if (result > 0) {
        dispatch(session, &session->message);
        return true;
    }
    if (result < 0 && error.code == EAGAIN)
        return false;
    if (result < 0 && error.code == ECONNRESET)
        return true; /* it died before it read our last message; its own messages come next */
    if (result < 0) {
        nonsense(session, error.text);
        return false;
    }
    session_close_wire(session);
    if (session->phase != SESSION_CLOSING && session->kill == KILL_NONE)
        session->timers[TIMER_CLOSE] = clock_now() + session_close_ns;
    return false;
}

void session_hear(struct session *session, bool all)
{
    int left = SESSION_MESSAGES;
    while (session->wire >= 0 && (all || left-- > 0) && hear_one(session))
        ;
}
