/* SPDX-License-Identifier: MIT
 * run.c: see run.h.
 */
#include "supervisor/run.h"

#include <errno.h>
#include <signal.h>

#include "base/base.h"
#include "supervisor/breaks.h"
#include "supervisor/lifecycle.h"
#include "supervisor/outbox.h"
#include "supervisor/state.h"

void run_continue(struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (s->runners[i].state == RUNNER_LEAVING && breaks_announced(s, 1 + i))
            kill(-s->runners[i].pid, SIGCONT);
}

/* How long a runner may take to its boundary. Where the target counts operations that have begun,
 * the last ones have as long as others. */
static uint64_t patience(const struct supervisor *s)
{
    const struct wire_config *config = &s->env.config;
    bool last = config->attempts && s->state == RUN_ENDING && s->end == WIRE_END_TARGET;
    return last && config->op_timeout_ns > config->reset_timeout_ns ? config->op_timeout_ns
                                                                    : config->reset_timeout_ns;
}

/* Raises the stop flag and wakes all runners that wait, so that they see it. */
static void stop_runners(struct supervisor *s)
{
    atomic_store(&s->env.control.header->stop, 1);
    s->stop_deadline_ns = clock_now() + patience(s);
    for (uint32_t i = 0; i < s->n_actors; i++) {
        struct runner *runner = &s->runners[i];
        if (!runner_state_is_live(runner->state))
            continue;
        runner_apply(runner, RUNNER_EVENT_STOP);
        runner_wake(s, i);
    }
    run_continue(s);
}

/* Whether the target is reached is certain only after the slots are settled: then the operations of
 * a slot that makes no sense are missing. */
static enum run_event quiet_event(const struct supervisor *s)
{
    bool missing = s->state == RUN_ENDING && s->end == WIRE_END_TARGET && s->pool > 0;
    return missing ? RUN_EVENT_SHORT : RUN_EVENT_QUIET;
}

void run_quiet(struct supervisor *s)
{
    if (s->n_live == 0)
        *(enum run_state *)&s->state = run_next(s->state, quiet_event(s));
}

void run_hurry(struct supervisor *s)
{
    if (s->stop_deadline_ns != CLOCK_NEVER)
        clock_sooner(&s->stop_deadline_ns, clock_now() + s->env.config.reset_timeout_ns);
}

void run_begin(struct supervisor *s)
{
    s->checked = false;
    *(enum run_state *)&s->state = RUN_RESETTING;
}

void run_apply(struct supervisor *s, enum run_event event)
{
    enum run_state before = s->state;
    *(enum run_state *)&s->state = run_next(before, event);
    bool stopping = s->state == RUN_STOPPING || s->state == RUN_ENDING;
    if (before == RUN_RUNNING && stopping)
        stop_runners(s);
    if (stopping)
        run_quiet(s);
}

void run_hold_back(struct supervisor *s)
{
    if (s->state == RUN_RUNNING)
        atomic_store(&s->env.control.header->stop, 1);
}

void run_want_reset(struct supervisor *s, enum stress_cause cause, int actor)
{
    if (!s->wants_reset) {
        s->wants_reset = true;
        s->why = (struct stress_reset){ .cause = cause, .actor = actor };
    }
    run_apply(s, RUN_EVENT_RESET);
}

/* Handles one message. *ret_go: it was the GO that was waited for. */
static int hear(struct supervisor *s, bool asked, bool *ret_go, struct error *error)
{
    static struct wire_message message;
    int got = wire_receive(s->wire, asked, &message, error);
    *ret_go = false;
    if (got < 0)
        return !asked && error->code == EAGAIN ? 0 : -1;
    if (got == 0)
        return error_set(error, 0, "the monitor is gone");
    *ret_go = message.type == WIRE_GO && asked;
    if (*ret_go)
        return 0;
    if (message.type != WIRE_STOP)
        return error_set(error, 0, "cannot use message %u from the monitor: out of turn",
                         message.type);
    if (s->state == RUN_OVER) /* what ended the run stands */
        return 0;
    s->end = WIRE_END_STOPPED;
    run_apply(s, RUN_EVENT_END);
    run_hurry(s);
    return 0;
}

int run_hear(struct supervisor *s, bool asked, struct error *error)
{
    bool go;
    return hear(s, asked, &go, error);
}

int run_ask(struct supervisor *s, struct error *error)
{
    bool asks = s->env.config.asks && s->found_since && s->state != RUN_OVER;
    s->found_since = false;
    if (asks && (outbox_flush(s, error) < 0 ||
                 wire_send(s->wire, WIRE_ASK, NULL, 0, NULL, 0, error) < 0))
        return -1;
    return run_hear(s, asks, error);
}

int run_keep(struct supervisor *s, struct error *error)
{
    bool kept = !s->env.config.keeps || !s->found_unkept;
    s->found_unkept = false;
    if (!kept && (outbox_flush(s, error) < 0 ||
                  wire_send(s->wire, WIRE_KEEP, NULL, 0, NULL, 0, error) < 0))
        return -1;
    while (!kept)
        if (hear(s, true, &kept, error) < 0)
            return -1;
    return 0;
}
