/* SPDX-License-Identifier: MIT
 * session.c: the monitor's loop. It waits, and dispatches signals, deadlines, messages and deaths
 * to the other files of the session.
 */
#include "session/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/base.h"
#include "report/report.h"
#include "session/death.h"
#include "session/end.h"
#include "session/episode.h"
#include "session/injection.h"
#include "session/messages.h"
#include "session/metrics.h"
#include "session/orders.h"
#include "session/output.h"
#include "session/progress.h"
#include "session/replay.h"
#include "session/start.h"
#include "session/state.h"

/* ---- deadlines -------------------------------------------------------------------------- */

static void expire_limit(struct session *session)
{
    if (!session->stop_wanted) /* else it was cut short already */
        session->record.time_is_up = true;
    session_stop(session);
}

/* The first time ends the supervisor so that its stack is read, and gives that some time; the
 * second time kills it. With episodes the warden does not reach the supervisor itself: kills at
 * once. */
static void expire_hook(struct session *session)
{
    bool episodes = session->orders && session->orders->again;
    uint64_t held = session_injection_held(session);
    if (session->kill == KILL_NONE && held > session->hook_held_ns) { /* faults took that long */
        session->timers[TIMER_HOOK] = clock_now() + held - session->hook_held_ns;
        session->hook_held_ns = held;
        return;
    }
    if (session->kill == KILL_HOOK) {
        session->timers[TIMER_HOOK] = CLOCK_NEVER;
        warden_kill(&session->warden);
    } else if (episodes) {
        session_kill(session, KILL_HOOK);
    } else if (session->kill == KILL_NONE && session->warden.pipe >= 0) {
        session->kill = KILL_HOOK;
        session->timers[TIMER_HOOK] =
            clock_now() + CLOCK_SECOND +
            (uint64_t)tracer_hold_ms(session->options->debuginfod) * CLOCK_MILLISECOND;
        warden_abort(&session->warden);
    }
}

static void expire_speak(struct session *session)
{
    session_kill(session, KILL_SILENT);
}

static void expire_stop(struct session *session)
{
    session_kill(session, KILL_STOP);
}

static void expire_close(struct session *session)
{
    session_kill(session, KILL_CLOSE);
}

static void (*const session_expire[TIMERS])(struct session *) = {
    [TIMER_LIMIT] = expire_limit, [TIMER_HOOK] = expire_hook, [TIMER_SPEAK] = expire_speak,
    [TIMER_STOP] = expire_stop,   [TIMER_CLOSE] = expire_close,
};

static uint64_t next_deadline(const struct session *session)
{
    uint64_t next = CLOCK_NEVER;
    if (session->said_start) {
        clock_sooner(&next, progress_deadline(&session->progress));
        clock_sooner(&next, samples_deadline(&session->samples));
        clock_sooner(&next, session->metrics.next_ns);
        clock_sooner(&next, session->history.next_ns);
    }
    for (int i = 0; i < TIMERS; i++)
        clock_sooner(&next, session->timers[i]);
    return next;
}

static void expire(struct session *session)
{
    uint64_t now = clock_now();
    session->record.doubts.count[DOUBT_CLOCK] += clock_jumped(&session->clocks, clock_lead());
    session_injection_note(session);
    for (int i = 0; i < TIMERS; i++)
        if (session->timers[i] <= now) {
            session->timers[i] = CLOCK_NEVER;
            session_expire[i](session);
        }
    if (session->said_start && samples_deadline(&session->samples) <= now)
        session_sample(session, false);
    if (session->said_start && session->metrics.next_ns <= now)
        metrics_tick(&session->metrics, &session->record, &session->rundir);
    if (session->said_start && session->history.next_ns <= now)
        history_tick(&session->history, &session->record, &session->rundir);
    if (session->said_start && progress_deadline(&session->progress) <= now)
        progress_tick(&session->progress, &session->record, &session->rundir);
}

/* ---- the loop --------------------------------------------------------------------------- */

/* What a recorded run or a judged state would still come to is of no use: nothing is waited for. */
static bool ends_at_once(const struct session *session)
{
    const struct session_orders *orders = session->orders;
    return orders && (orders->recording || orders->fill);
}

static void take_signals(struct session *session)
{
    struct signalfd_siginfo info;
    while (read(session->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (session->record.signal || ends_at_once(session))
            session_kill(session, KILL_SIGNAL);
        else
            session_stop(session);
        if (!session->record.signal)
            session->record.signal = (int)info.ssi_signo;
    }
}

static void take_death(struct session *session)
{
    struct warden_death death = { .strays = 0 };
    struct error error;
    /* Its last messages come first. */
    session_hear(session, true);
    int result = warden_receive(&session->warden, &death, &error);
    if (result < 0)
        session_fail(session, "%s", error.text);
    else if (result > 0)
        session_death(session, &death);
}

/* The only place that waits. */
static void wait_once(struct session *session)
{
    struct pollfd fds[] = {
        { .fd = session->signals, .events = POLLIN },
        { .fd = session->wire, .events = POLLIN },
        { .fd = output_fd(session->output), .events = POLLIN },
        { .fd = session->warden.pipe, .events = POLLIN },
        { .fd = session->stacks.tracer.results, .events = POLLIN },
    };
    int n = poll(fds, sizeof fds / sizeof *fds, clock_poll_timeout(next_deadline(session)));
    if (n < 0 && errno != EINTR)
        session_fail(session, "cannot wait for events: %s", strerror(errno));
    if (n > 0) {
        if (fds[0].revents)
            take_signals(session);
        if (fds[1].revents)
            session_hear(session, false);
        if (fds[2].revents)
            output_drain(session->output);
        if (fds[4].revents)
            stacks_hear(&session->stacks);
        if (fds[3].revents)
            take_death(session);
    }
    int failure = output_failure(session->output);
    if (failure && !session->record.error)
        session_fail(session, "cannot watch the output of the workload: %s", strerror(failure));
    expire(session);
}

static struct session *make(const struct options *options, const struct subject *subject,
                            char **argv, bool list)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session) {
        cli_no_memory();
        return NULL;
    }
    session->options = options;
    session->subject = subject;
    session->argv = argv;
    session->list = list;
    progress_init(&session->progress, options->verbosity);
    return session;
}

static void dispose(struct session *session)
{
    stacks_free(&session->stacks);
    output_free(session->output);
    scratch_close(&session->scratch);
    rundir_close(&session->rundir);
    samples_free(&session->samples);
    free(session->server_tails);
    history_close(&session->history, &session->record, &session->rundir);
    record_free(&session->record);
    fd_close(&session->signals);
    fd_close(&session->global_fd);
    fd_close(&session->control_fd);
    fd_close(&session->state_fd);
    fd_close(&session->share_fd);
    fd_close(&session->share_readonly);
    free(session);
}

/* Opens the session, runs the loop to its end, and returns the exit status. */
static int run(struct session *session)
{
    struct error error;
    if (session_open(session, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    if (!session->list && session_open_directory(session, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    slice_shorten();
    if (session_spawn(session, &error) < 0)
        session_fail(session, "%s", error.text);
    while (!session->over)
        wait_once(session);
    session_close_wire(session);
    int status = session_finish(session);
    prctl(PR_SET_DUMPABLE, 1); /* for a leak checker at exit */
    return status;
}

int session_run(const struct options *options, const struct subject *subject, char **argv)
{
    struct session *session = make(options, subject, argv, false);
    if (!session)
        return CLI_HARNESS;
    int status = run(session);
    dispose(session);
    return status;
}

int session_run_ordered(const struct options *options, const struct subject *subject, char **argv,
                        const struct session_orders *orders, struct session_result *ret,
                        struct definition *definition)
{
    struct session *session = make(options, subject, argv, false);
    if (!session)
        return CLI_HARNESS;
    session->orders = orders;
    int status = run(session);
    episode_result(session, ret);
    session_replay_result(session, ret);
    if (definition)
        *definition = session->record.definition;
    dispose(session);
    return status;
}

int session_list(const struct options *options, const struct subject *subject, char **argv)
{
    struct session *session = make(options, subject, argv, true);
    if (!session)
        return CLI_HARNESS;
    int status = run(session);
    if (status == EXIT_SUCCESS)
        report_list(stdout, &session->record.definition, options->format);
    dispose(session);
    return status;
}
