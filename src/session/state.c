/* SPDX-License-Identifier: MIT
 * state.c: see state.h.
 */
#include "session/state.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/base.h"
#include "session/orders.h"
#include "session/progress.h"

void session_kill(struct session *session, enum session_kill why)
{
    if (session->kill != KILL_NONE || session->warden.pipe < 0)
        return;
    session->kill = why;
    for (int i = TIMER_HOOK; i < TIMERS; i++)
        session->timers[i] = CLOCK_NEVER;
    warden_kill(&session->warden);
}

void session_close_wire(struct session *session)
{
    fd_close(&session->wire);
}

void session_fail(struct session *session, const char *format, ...)
{
    struct record *record = &session->record;
    if (!record->error) {
        char text[sizeof record->reason];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        text_copy(record->reason, sizeof record->reason, text);
        record->error = true;
    }
    session_close_wire(session);
    session_kill(session, KILL_OVER);
    if (session->warden.pipe < 0)
        session->over = true; /* no death will follow */
}

void session_refuse(struct session *session, const char *text)
{
    struct error error;
    text_copy(session->record.reason, sizeof session->record.reason, text);
    error_set(&error, 0, "%s", session->record.reason);
    cli_complain(&error, CLI_USAGE);
    session->refused = true;
}

void session_stop(struct session *session)
{
    static const struct wire_text nothing;
    struct error error;
    session->stop_wanted = true;
    if (session->record.rested_ns == 0)
        session->record.rested_ns = clock_now();
    if (session->phase != SESSION_RUNNING || session->stop_sent || session->wire < 0)
        return;
    session->stop_sent = true;
    /* Enough for runners to reach their boundary, a running reset, the last check and teardown. */
    session->timers[TIMER_STOP] =
        clock_now() + 8 * session->options->reset_timeout_ns + 5 * CLOCK_SECOND;
    /* A failure is ignored: if the supervisor is gone, its death follows. */
    wire_send(session->wire, WIRE_STOP, &nothing, 0, NULL, 0, &error);
}

void session_say_start(struct session *session)
{
    if (session->said_start || session->list)
        return;
    session->said_start = true;
    rundir_point_latest(session->options->output, session->rundir.path);
    if (session->orders && session->orders->silent)
        return;
    progress_start(&session->progress, &session->record);
    if (session->default_limit)
        progress_say(&session->progress, "no exit criterion was given: the run ends after 60 s "
                                         "(set --time-limit or --operations)");
}

void session_sample(struct session *session, bool last)
{
    json_t *fields = samples_tick(&session->samples, &session->record, last);
    if (fields)
        rundir_sample(&session->rundir, &session->record, fields);
}
