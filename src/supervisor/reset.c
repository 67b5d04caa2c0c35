/* SPDX-License-Identifier: MIT
 * reset.c: see reset.h.
 */
#include "supervisor/reset.h"

#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "supervisor/breaks.h"
#include "supervisor/finding.h"
#include "supervisor/hooks.h"
#include "supervisor/injection.h"
#include "supervisor/outbox.h"
#include "supervisor/reap.h"
#include "supervisor/run.h"
#include "supervisor/runners.h"
#include "supervisor/server.h"
#include "supervisor/state.h"
#include "supervisor/watch.h"

#define SWEEP_NS (5 * CLOCK_SECOND)

/* Finds the text of an announcement of this generation. A slot is zeroed at the fork, so the text
 * in the slot of a saboteur is of this generation. */
static void find_announcement(struct supervisor *s)
{
    uint32_t index;
    s->announcement[0] = '\0';
    s->why.announced = breaks_announced(s, UINT32_MAX);
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

static bool is_stray(void *user, pid_t pid)
{
    return reap_is_stray(user, pid);
}

/* Before the hooks stop servers, whose children would be among them. */
static int sweep_strays(struct supervisor *s, struct error *error)
{
    pid_t keep[DEFINITION_SERVERS];
    size_t n = server_pids(s->env.servers, keep);
    int killed = sweep_counting(keep, n, clock_now() + SWEEP_NS, is_stray, s);
    if (killed < 0)
        return error_set(error, 0, "cannot kill the processes that actors left behind");
    s->strays += (uint32_t)killed;
    return 0;
}

/* Runs the reset hook, again if it fails. Returns 1 after a reset, 0 if all tries failed, -1 with
 * `error`. */
static int run_reset_hook(struct supervisor *s, struct error *error)
{
    struct wire_reset body = { .generation = supervisor_generation(s), .cause = s->why.cause };
    find_announcement(s);
    server_forget_faults(&s->env);
    body.actor = s->why.actor;
    body.announced = s->why.announced;
    memcpy(body.announcement, s->announcement, sizeof body.announcement);
    wire_output_reset(s->output);
    if (outbox_put(s, WIRE_RESET, &body, sizeof body, error) < 0)
        return -1;
    atomic_fetch_add(&s->env.control.header->resets_begun, 1);
    for (unsigned try = 0; try < RESET_TRIES; try++) {
        if (run_keep(s, error) < 0)
            return -1;
        if (injection_enter_hook(s, error) < 0)
            return -1;
        if (hooks_reset(s) == STRESS_ENV_OK)
            return 1;
        if (injection_killed_hook(s))
            continue;
        if (finding_of_hook(s, FINDING_ENVIRONMENT, "the reset hook failed: ", error) < 0)
            return -1;
    }
    return 0;
}

static int run_check_hook(struct supervisor *s, struct error *error)
{
    if (hooks_check(s) == STRESS_ENV_OK)
        return 0;
    return finding_of_hook(s, FINDING_INVARIANT, "", error);
}

static int begin_generation(struct supervisor *s, uint64_t reset_ns, struct error *error)
{
    struct wire_generation body = { .generation = supervisor_generation(s), .reset_ns = reset_ns };
    s->wants_reset = s->checked = false;
    watch_begin(s);
    atomic_store(&s->env.control.header->stop, 0);
    if (runners_start(s, error) < 0)
        return -1;
    run_apply(s, RUN_EVENT_START);
    body.at_ns = clock_now();
    /* The time limit begins with the operations, so tell the monitor before they take the
     * processors. */
    if (outbox_put(s, WIRE_GENERATION, &body, sizeof body, error) < 0 || outbox_flush(s, error) < 0)
        return -1;
    runners_open(s);
    return 0;
}

/* Ends the run here, before another generation, if it is to end. A stop that the monitor has sent
 * meanwhile is heard now, so that no operation begins after it. */
static int end_if_due(struct supervisor *s, struct error *error)
{
    if (!injection_ends_run(s))
        return run_ask(s, error);
    s->end = WIRE_END_FAULT;
    run_apply(s, RUN_EVENT_END);
    return 0;
}

int reset_perform(struct supervisor *s, struct error *error)
{
    struct layout_header *header = s->env.control.header;
    uint64_t begun = clock_now();
    if (!s->wants_reset) /* the first generation: setup has just run */
        return begin_generation(s, 0, error);
    watch_end(s);
    /* If a server died, reap it before the hook can wait for it. */
    if (reap_all_and_servers(s, error) < 0 || sweep_strays(s, error) < 0)
        return -1;
    if (!s->env.judge.given)
        inject_settle(&s->inject);
    int done = run_reset_hook(s, error);
    if (done < 0)
        return -1;
    if (s->env.judge.given) /* the reset of a state may be what is recorded */
        inject_settle(&s->inject);
    if (done == 0) {
        s->end = WIRE_END_RESETS_FAILED;
        run_apply(s, RUN_EVENT_END);
        return 0;
    }
    if (run_check_hook(s, error) < 0) /* while this generation still knows what was cut off */
        return -1;
    atomic_fetch_add(&header->resets, 1);
    atomic_fetch_add(&header->generation, 1);
    s->checked = true;
    s->wants_reset = false;
    if (run_keep(s, error) < 0 || end_if_due(s, error) < 0)
        return -1;
    if (s->state == RUN_OVER)
        return 0;
    return begin_generation(s, clock_now() - begun, error);
}

int reset_finish(struct supervisor *s, struct error *error)
{
    bool usable = s->end != WIRE_END_RESETS_FAILED;
    watch_end(s);
    if (sweep_strays(s, error) < 0)
        return -1;
    if (!s->checked)
        inject_settle(&s->inject);
    /* Repair what saboteurs broke or a death cut off before the check. */
    if (usable && (s->wants_reset || breaks_announced(s, UINT32_MAX))) {
        if (!s->wants_reset)
            s->why = (struct stress_reset){ .cause = STRESS_CAUSE_REQUEST, .actor = -1 };
        int done = run_reset_hook(s, error);
        if (done < 0)
            return -1;
        usable = done == 1;
        atomic_fetch_add(&s->env.control.header->resets, 1);
    }
    if (usable && !s->checked && run_check_hook(s, error) < 0)
        return -1;
    if (reap_all_and_servers(s, error) < 0) /* the check may have killed a server */
        return -1;
    if (run_keep(s, error) < 0)
        return -1;
    if (hooks_teardown(s) != STRESS_ENV_OK &&
        finding_of_hook(s, FINDING_ENVIRONMENT, "the teardown hook failed: ", error) < 0)
        return -1;
    if (outbox_flush(s, error) < 0)
        return -1;
    server_kill_all(&s->env);
    if (sweep_children(NULL, 0, clock_now() + SWEEP_NS) < 0)
        return error_set(error, 0, "cannot kill the processes that hooks and servers left behind");
    return 0;
}
