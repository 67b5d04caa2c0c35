/* SPDX-License-Identifier: MIT
 * death.c: see death.h.
 */
#include "session/death.h"

#include "session/state.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "session/finding.h"
#include "session/injection.h"
#include "session/orders.h"
#include "session/output.h"
#include "session/start.h"

enum { SESSION_DEATHS = 3 }; /* deaths in hooks, in a row, that end the run */

static const char *death_text(const siginfo_t *info, char *buffer, size_t size)
{
    char signal[32];
    if (info->si_code == CLD_EXITED)
        snprintf(buffer, size, "exit status %d", info->si_status);
    else
        snprintf(buffer, size, "killed by %s",
                 text_signal(info->si_status, signal, sizeof signal));
    return buffer;
}

/* ": " and the last line that the supervisor wrote, to follow a reason; "" if there is none. */
static const char *last_words(struct session *session, char *buffer, size_t size)
{
    char line[512];
    size_t n = output_tail(session->output, WIRE_SOURCE_ACTOR, -1, 0, session->tail,
                           sizeof session->tail);
    while (n > 0 && (session->tail[n - 1] == '\n' || session->tail[n - 1] == '\r'))
        n--;
    size_t start = n;
    while (start > 0 && session->tail[start - 1] != '\n')
        start--;
    if (n - start >= sizeof line)
        n = start + sizeof line - 1;
    memcpy(line, session->tail + start, n - start);
    line[n - start] = '\0';
    buffer[0] = '\0';
    if (line[0] && size > 2) {
        memcpy(buffer, ": ", 3);
        text_copy(buffer + 2, size - 2, line);
    }
    return buffer;
}

/* ---- before DEFINITION ------------------------------------------------------------------ */

/* A host is this program: it ends so if the harness failed in it. */
static bool failed_as_host(const struct session *session, const siginfo_t *info)
{
    return session->subject->kind != SUBJECT_PROGRAM && info->si_code == CLD_EXITED &&
           info->si_status == CLI_HARNESS;
}

static void died_speechless(struct session *session, const struct warden_death *death)
{
    const char *path = session->options->subject;
    /* A host is this program, and has already said in one line what is wrong. */
    bool said = session->subject->kind != SUBJECT_PROGRAM && death->info.si_code == CLD_EXITED &&
                death->info.si_status == CLI_USAGE;
    char how[64], words[512], line[WIRE_TEXT];
    last_words(session, words, sizeof words);
    death_text(&death->info, how, sizeof how);
    bool failed = failed_as_host(session, &death->info);
    if (death->failure.code && !death->failure.exec) {
        snprintf(line, sizeof line, "cannot start the supervisor: %s",
                 strerror(death->failure.code));
        failed = true;
    } else if (death->failure.code) {
        snprintf(line, sizeof line, "%s: cannot execute it: %s", path,
                 strerror(death->failure.code));
        failed = error_is_of_machine(death->failure.code);
    } else if (failed)
        snprintf(line, sizeof line, "the supervisor could not begin%s", words);
    else if (said && words[0])
        snprintf(line, sizeof line, "%s", words + 2);
    else if (session->kill == KILL_SILENT)
        snprintf(line, sizeof line, "%s: not a workload: it does not say what it is%s", path,
                 words);
    else
        snprintf(line, sizeof line, "%s: not a workload: it ended (%s) before it said what it "
                                    "is%s", path, how, words);
    if (failed || session->record.supervisors > 1)
        session_fail(session, "%s", line);
    else if (session->kill != KILL_SIGNAL)
        session_refuse(session, line);
    session->over = true;
}

/* ---- in a hook -------------------------------------------------------------------------- */

static bool is_crash(int signal)
{
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGSYS };
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        if (signal == crashes[i])
            return true;
    return false;
}

static void hook_title(const struct session *session, const siginfo_t *info, char *to, size_t size)
{
    const char *hook = wire_hook_text((enum wire_hook_name)session->hook);
    uint64_t limit = session->hook == WIRE_HOOK_DESCRIBE ? SESSION_DESCRIBE_NS
                                                         : session->options->reset_timeout_ns;
    char text[64];
    if (session->kill == KILL_HOOK)
        snprintf(to, size, "the %s hook hung (longer than %s)", hook,
                 text_format_duration(limit, text, sizeof text));
    else if (session->kill == KILL_STOP)
        snprintf(to, size, "the %s hook did not end", hook);
    else if (session->kill == KILL_CLOSE)
        snprintf(to, size, "the %s hook closed the descriptors of the harness", hook);
    else if (info->si_code == CLD_EXITED)
        snprintf(to, size, "the %s hook ended its process: exit status %d", hook, info->si_status);
    else
        snprintf(to, size, "the %s hook %s: %s", hook,
                 is_crash(info->si_status) ? "crashed" : "was killed",
                 text_signal(info->si_status, text, sizeof text));
}

static void hook_finding(struct session *session, const siginfo_t *info)
{
    struct wire_finding finding = { .kind = FINDING_ENVIRONMENT, .actor = -1,
                                    .generation = session->record.generation,
                                    .operation = UINT64_MAX, .code = info->si_code,
                                    .pid = session->hook_pid };
    if (info->si_code == CLD_EXITED)
        finding.exit_status = info->si_status;
    else
        finding.signal = info->si_status;
    hook_title(session, info, finding.title, sizeof finding.title);
    session_finding(session, &finding);
}

/* Deaths are in a row if there is no operation between them: a run that makes progress goes on. */
static bool too_many_deaths(struct session *session)
{
    static struct record_actor totals; /* large */
    record_totals(&session->record, &totals);
    uint64_t work = totals.counted + totals.uncounted + totals.failed + totals.resets;
    if (work != session->work_at_death)
        session->deaths_in_hooks = 0;
    session->work_at_death = work;
    return ++session->deaths_in_hooks >= SESSION_DEATHS;
}

/* Whether another supervisor makes sense. None does after a teardown, if the first setup failed, or
 * if the death is the verdict on a state. */
static bool can_go_on(struct session *session)
{
    bool first_setup = session->hook == WIRE_HOOK_SETUP && session->record.supervisors <= 1;
    return !too_many_deaths(session) && !session->stop_wanted && !first_setup &&
           !session->judge.given &&
           session->hook != WIRE_HOOK_TEARDOWN &&
           (session->kill == KILL_NONE || session->kill == KILL_HOOK);
}

static void died_in_hook(struct session *session, const struct warden_death *death)
{
    struct error error;
    session_injection_note(session);
    if (!session_injection_killed(session))
        hook_finding(session, &death->info);
    session_finding_keep(session); /* the next setup may change it */
    if (session->record.error || !can_go_on(session))
        session->over = true;
    else if (session_spawn(session, &error) < 0)
        session_fail(session, "%s", error.text);
}

/* ---- elsewhere -------------------------------------------------------------------------- */

static void died_elsewhere(struct session *session, const struct warden_death *death)
{
    char how[64], words[512];
    last_words(session, words, sizeof words);
    if (session->kill == KILL_STOP)
        session_fail(session, "the supervisor did not stop%s", words);
    else if (session->kill == KILL_CLOSE)
        session_fail(session, "the supervisor closed its socket to the monitor%s", words);
    else
        session_fail(session, "the supervisor died outside any hook (%s)%s",
                     death_text(&death->info, how, sizeof how), words);
    session->over = true;
}

void session_death(struct session *session, const struct warden_death *death)
{
    struct record *record = &session->record;
    for (int i = TIMER_HOOK; i < TIMERS; i++)
        session->timers[i] = CLOCK_NEVER;
    session_close_wire(session);
    if (session->drafted) /* it died while it described the finding */
        session_finding(session, &session->draft);
    session->drafted = false;
    if (record->done)
        record->strays += (uint64_t)death->strays;
    if (session->phase == SESSION_CLOSING || session->kill == KILL_OVER || record->error)
        session->over = true; /* the reason is known already */
    else if (session->phase == SESSION_DEFINING)
        died_speechless(session, death);
    else if (session->kill == KILL_SIGNAL)
        session->over = true;
    else if (session->hook >= 0)
        died_in_hook(session, death);
    else
        died_elsewhere(session, death);
}
