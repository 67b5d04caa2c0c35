/* SPDX-License-Identifier: MIT
 * reset.c: from one generation to the next, and to the end. All runners are dead and reaped here.
 * Supervisor process.
 */
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "supervisor/server.h"
#include "supervisor/supervisor.h"

#define SWEEP_NS (5 * CLOCK_SECOND)

bool reset_announced(const struct supervisor *s, uint32_t target)
{
    layout_break *breaks = control_breaks(&s->env.control);
    uint64_t now = supervisor_generation(s) + 1;
    uint32_t n = 1 + s->n_actors + s->env.servers->n;
    if (target < n)
        return atomic_load(&breaks[target]) == now;
    for (uint32_t i = 0; i < n; i++)
        if (atomic_load(&breaks[i]) == now)
            return true;
    return false;
}

void reset_want(struct supervisor *s, enum stress_cause cause, int actor)
{
    if (!s->wants_reset) {
        s->wants_reset = true;
        s->why = (struct stress_reset){ .cause = cause, .actor = actor };
    }
    supervisor_apply(s, RUN_EVENT_RESET);
}

/* The text of an announcement of this generation. Slots are wiped at the fork, so what stands in a
 * saboteur's is of this generation. */
static void find_announcement(struct supervisor *s)
{
    uint32_t index;
    s->announcement[0] = '\0';
    s->why.announced = reset_announced(s, UINT32_MAX);
    for (uint32_t i = 0; i < s->n_actors && s->why.announced && !*s->announcement; i++)
        if (definition_type_of(&s->env.definition, i, &index)->saboteur) {
            char text[LAYOUT_MESSAGE];
            memcpy(text, control_slot(&s->env.control, i)->announcement, sizeof text);
            text[sizeof text - 1] = '\0';
            text_copy(s->announcement, sizeof s->announcement, text);
        }
    if (injection_noted(s) && !s->why.announced) {
        s->why.announced = true;
        strcpy(s->announcement, "injection");
    }
    s->why.announcement = s->announcement;
}

static int sweep_strays(struct supervisor *s, struct error *error)
{
    pid_t keep[DEFINITION_SERVERS];
    size_t n = server_pids(s->env.servers, keep);
    int killed = sweep_children(keep, n, clock_now() + SWEEP_NS);
    if (killed < 0)
        return error_set(error, 0, "processes that actors left behind could not be killed");
    s->strays += (uint32_t)killed;
    return 0;
}

/* The reset hook, tried again when it fails. 1: reset; 0: given up; -1: harness. */
static int run_reset_hook(struct supervisor *s, struct error *error)
{
    struct wire_reset body = { .generation = supervisor_generation(s), .cause = s->why.cause };
    find_announcement(s);
    body.actor = s->why.actor;
    body.announced = s->why.announced;
    memcpy(body.announcement, s->announcement, sizeof body.announcement);
    if (outbox_put(s, WIRE_RESET, &body, sizeof body, error) < 0)
        return -1;
    for (unsigned try = 0; try < RESET_TRIES; try++) {
        if (injection_enter_hook(s, error) < 0)
            return -1;
        if (hooks_reset(s) == STRESS_ENV_OK)
            return 1;
        if (injection_killed_hook(s))
            continue;
        if (finding_environment(s, FINDING_ENVIRONMENT, error, "the reset hook failed: %s",
                                s->env.failure) < 0)
            return -1;
    }
    return 0;
}

static int run_check_hook(struct supervisor *s, struct error *error)
{
    if (hooks_check(s) == STRESS_ENV_OK)
        return 0;
    return finding_environment(s, FINDING_INVARIANT, error, "%s", s->env.failure);
}

static int begin_generation(struct supervisor *s, uint64_t reset_ns, struct error *error)
{
    struct wire_generation body = { .generation = supervisor_generation(s), .reset_ns = reset_ns };
    s->wants_reset = false;
    atomic_store(&s->env.control.header->stop, 0);
    atomic_store(&s->env.control.header->begun_ns, clock_now());
    if (runners_start(s, error) < 0)
        return -1;
    supervisor_apply(s, RUN_EVENT_START);
    return outbox_put(s, WIRE_GENERATION, &body, sizeof body, error);
}

int reset_perform(struct supervisor *s, struct error *error)
{
    struct layout_header *header = s->env.control.header;
    uint64_t begun = clock_now();
    if (!s->wants_reset) /* the very first generation: setup has just run */
        return begin_generation(s, 0, error);
    /* A server whose death was what went wrong: the hook must not find it first. */
    if (reap_all(s, error) < 0 || sweep_strays(s, error) < 0)
        return -1;
    int done = run_reset_hook(s, error);
    if (done < 0)
        return -1;
    if (done == 0) {
        s->end = WIRE_END_RESETS_FAILED;
        supervisor_apply(s, RUN_EVENT_END);
        return 0;
    }
    bool over = injection_ends_run(s);
    if (!over && run_check_hook(s, error) < 0)
        return -1;
    atomic_fetch_add(&header->resets, 1);
    atomic_fetch_add(&header->generation, 1);
    if (over) { /* the last check is the one that follows */
        s->wants_reset = false;
        s->end = WIRE_END_FAULT;
        supervisor_apply(s, RUN_EVENT_END);
        return 0;
    }
    return begin_generation(s, clock_now() - begun, error);
}

int reset_finish(struct supervisor *s, struct error *error)
{
    bool usable = s->end != WIRE_END_RESETS_FAILED;
    if (sweep_strays(s, error) < 0)
        return -1;
    /* What was broken on purpose, or cut off, must be mended before it can be judged. */
    if (usable && (s->wants_reset || reset_announced(s, UINT32_MAX))) {
        if (!s->wants_reset)
            s->why = (struct stress_reset){ .cause = STRESS_CAUSE_REQUEST, .actor = -1 };
        int done = run_reset_hook(s, error);
        if (done < 0)
            return -1;
        usable = done == 1;
        atomic_fetch_add(&s->env.control.header->resets, 1);
    }
    if (usable && run_check_hook(s, error) < 0)
        return -1;
    if (reap_all(s, error) < 0) /* a server may have died of the check */
        return -1;
    if (hooks_teardown(s) != STRESS_ENV_OK &&
        finding_environment(s, FINDING_ENVIRONMENT, error, "the teardown hook failed: %s",
                            s->env.failure) < 0)
        return -1;
    if (outbox_flush(s, error) < 0)
        return -1;
    server_kill_all(&s->env);
    return sweep_strays(s, error);
}
