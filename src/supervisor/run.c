/* SPDX-License-Identifier: MIT
 * run.c: see run.h.
 */
#include "supervisor/run.h"

#include <signal.h>

#include "base/base.h"
#include "supervisor/breaks.h"
#include "supervisor/lifecycle.h"
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

void run_want_reset(struct supervisor *s, enum stress_cause cause, int actor)
{
    if (!s->wants_reset) {
        s->wants_reset = true;
        s->why = (struct stress_reset){ .cause = cause, .actor = actor };
    }
    run_apply(s, RUN_EVENT_RESET);
}
